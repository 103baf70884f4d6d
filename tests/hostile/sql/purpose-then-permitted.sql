SELECT edict_purpose(NULL); SELECT edict_purpose('support'); SELECT count(*) FROM orders
