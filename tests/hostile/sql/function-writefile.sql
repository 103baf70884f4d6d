SELECT writefile('@FOLDER@/x', 'x')
