SELECT count(*) FROM orders WHERE 'a' LIKE 'b' ESCAPE CASE WHEN amount >= 777001 THEN 'xx' ELSE 'x' END
