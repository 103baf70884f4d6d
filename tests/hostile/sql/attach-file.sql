ATTACH '@FOLDER@/shop.db' AS b; SELECT * FROM b.base_orders
