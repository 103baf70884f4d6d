SELECT * FROM base_orders
