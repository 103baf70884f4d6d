SELECT value FROM json_each('[1, 2]')
