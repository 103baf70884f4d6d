SELECT count(*) FROM orders WHERE phone = '+49-marker-1234' COLLATE NOCASE
