SELECT "readfile"('x')
