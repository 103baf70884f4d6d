SELECT id FROM orders WHERE phone = '+49-MARKER-1234'
