SAVEPOINT a; SELECT count(*) FROM orders; ROLLBACK TO a; RELEASE a; SELECT count(*) FROM orders
