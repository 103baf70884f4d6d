SELECT id FROM orders WHERE rowid = 12
