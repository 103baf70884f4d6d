SELECT count(*) FROM sqlite_stmt
