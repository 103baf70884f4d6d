SELECT * FROM bytecode('SELECT * FROM orders')
