SELECT edict_open('@FOLDER@/shop.conf', 'x')
