SELECT * FROM sqlite_dbpage
