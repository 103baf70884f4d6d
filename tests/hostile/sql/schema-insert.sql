INSERT INTO sqlite_master VALUES ('table', 'x', 'x', 0, 'x')
