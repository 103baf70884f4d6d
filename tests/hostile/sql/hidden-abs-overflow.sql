SELECT abs(amount) FROM orders ORDER BY 1
