SELECT group_concat(id) FROM orders
