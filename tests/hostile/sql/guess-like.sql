SELECT id FROM orders WHERE phone LIKE '+49%'
