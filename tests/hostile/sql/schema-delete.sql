DELETE FROM sqlite_schema
