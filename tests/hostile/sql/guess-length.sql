SELECT DISTINCT length(customer) FROM orders
