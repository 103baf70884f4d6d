SELECT id FROM orders WHERE phone <> '' ORDER BY phone, id
