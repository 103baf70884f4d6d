SELECT count(*) FROM fsdir
