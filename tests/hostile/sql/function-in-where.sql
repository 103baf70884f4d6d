SELECT id FROM orders WHERE readfile('x') IS NULL
