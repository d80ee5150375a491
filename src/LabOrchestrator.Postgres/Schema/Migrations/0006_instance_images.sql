-- An instance keeps its images as the catalogue had them at its start. Those that are there already go on with the catalogue's.
ALTER TABLE lab_instances ADD COLUMN images jsonb NOT NULL DEFAULT '{}';
