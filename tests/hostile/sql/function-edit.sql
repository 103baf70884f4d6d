SELECT edit('x')
