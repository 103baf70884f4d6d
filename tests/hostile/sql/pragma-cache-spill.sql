PRAGMA cache_spill=0
