SELECT total(amount), sum(amount), avg(amount) FROM orders
