PRAGMA schema_version=7
