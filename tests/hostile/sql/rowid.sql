SELECT rowid, oid, _rowid_ FROM orders WHERE id = 20
