SELECT sqlite_source_id()
