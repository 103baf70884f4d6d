INSERT INTO sqlite_temp_master VALUES (1, 2, 3, 4, 5)
