SELECT * FROM sqlite_stat1
