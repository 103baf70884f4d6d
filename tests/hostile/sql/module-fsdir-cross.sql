SELECT 1 FROM fsdir, orders
