SELECT fts5_source_id()
