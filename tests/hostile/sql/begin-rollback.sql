BEGIN; SELECT count(*) FROM orders; ROLLBACK; SELECT count(*) FROM orders
