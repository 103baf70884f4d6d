CREATE VIRTUAL TABLE base_orders USING edict_dataset
