SELECT code FROM countries c WHERE (SELECT count(*) FROM orders o WHERE o.country = c.code) > 0
