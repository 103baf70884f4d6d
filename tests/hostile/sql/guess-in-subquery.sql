SELECT count(*) FROM orders WHERE phone IN (SELECT '+49-MARKER-1234')
