PRAGMA trusted_schema=1
