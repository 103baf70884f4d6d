SELECT max(amount), min(amount), max(id), min(id) FROM orders
