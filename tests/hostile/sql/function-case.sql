SELECT ReadFile('x')
