SELECT rowid FROM customers
