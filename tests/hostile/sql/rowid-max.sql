SELECT max(rowid) FROM orders
