CREATE VIRTUAL TABLE temp.orders USING edict_dataset
