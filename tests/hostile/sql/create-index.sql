CREATE INDEX i ON orders(phone)
