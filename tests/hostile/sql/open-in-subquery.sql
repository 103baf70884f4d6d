SELECT * FROM orders WHERE id IN (SELECT edict_open('@FOLDER@/shop.conf', 'x'))
