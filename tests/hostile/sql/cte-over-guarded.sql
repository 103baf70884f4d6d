WITH orders AS (SELECT * FROM main.orders) SELECT phone FROM orders WHERE id = 11
