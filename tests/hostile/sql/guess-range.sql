SELECT count(*) FROM orders WHERE email BETWEEN 'a' AND 'b'
