WITH orders AS (SELECT * FROM base_orders) SELECT * FROM orders
