-- A share is a key that shows one trace or session and nothing else.

ALTER TABLE keys ADD COLUMN shared_trace TEXT NOT NULL DEFAULT '';
ALTER TABLE keys ADD COLUMN shared_session TEXT NOT NULL DEFAULT '';
