SELECT * FROM "orders​"
