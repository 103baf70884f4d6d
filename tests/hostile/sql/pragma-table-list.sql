PRAGMA main.table_list
