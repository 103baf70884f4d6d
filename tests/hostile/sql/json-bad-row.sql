SELECT json_extract(email, '$') FROM orders WHERE id = 14
