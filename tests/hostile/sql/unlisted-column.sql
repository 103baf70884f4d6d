SELECT unlisted FROM orders
