SELECT "unlisted" FROM orders LIMIT 1
