SELECT count(*), count(note), count(name) FROM orders, customers
