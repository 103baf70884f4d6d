SELECT count(*) FROM orders WHERE CAST(amount AS TEXT) LIKE '%777%'
