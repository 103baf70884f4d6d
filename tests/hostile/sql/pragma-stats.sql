PRAGMA stats
