SELECT * FROM fts5vocab
