SELECT count(*) FROM orders a, orders b
