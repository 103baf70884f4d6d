SELECT * FROM main.base_orders
