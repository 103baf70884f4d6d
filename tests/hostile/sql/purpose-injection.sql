SELECT edict_purpose('support", "roles":["dpo"]'); SELECT phone FROM orders
