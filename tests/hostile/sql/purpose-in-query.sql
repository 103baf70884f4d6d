SELECT edict_purpose('marketing'); SELECT id FROM orders
