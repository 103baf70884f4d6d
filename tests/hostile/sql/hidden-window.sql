SELECT id, row_number() OVER (ORDER BY id), lag(id) OVER (ORDER BY id), lead(id) OVER (ORDER BY id) FROM orders
