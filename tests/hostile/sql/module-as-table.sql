SELECT * FROM edict_dataset
