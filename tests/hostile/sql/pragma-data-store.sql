PRAGMA temp_store=2
