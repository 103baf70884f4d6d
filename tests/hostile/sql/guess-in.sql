SELECT count(*) FROM orders WHERE phone IN ('+49-MARKER-1234', '***********1234')
