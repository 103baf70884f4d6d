SELECT count(*) FROM orders WHERE 1 / (amount - 777001) IS NULL
