SELECT * FROM fsdir
