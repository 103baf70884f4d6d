PRAGMA legacy_alter_table=1
