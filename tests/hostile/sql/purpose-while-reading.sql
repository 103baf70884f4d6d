SELECT id FROM orders WHERE edict_purpose('marketing') = 'marketing' AND id IN (SELECT id FROM orders)
