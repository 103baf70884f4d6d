SELECT * FROM orders(1)
