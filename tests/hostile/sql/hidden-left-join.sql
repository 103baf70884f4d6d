SELECT c.code, o.id FROM countries c LEFT JOIN orders o ON o.country = c.code WHERE c.code = 'us'
