SELECT EXISTS (SELECT 1 FROM orders WHERE country = 'us')
