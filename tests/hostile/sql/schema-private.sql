SELECT * FROM source.base_orders
