CREATE VIRTUAL TABLE mine USING edict_dataset
