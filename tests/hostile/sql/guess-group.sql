SELECT count(DISTINCT substr(phone, 1, 3)) FROM orders WHERE phone <> ''
