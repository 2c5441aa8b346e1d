ALTER TABLE {db}.main.spans ADD COLUMN problems VARCHAR[];
ALTER TABLE {db}.main.spans ADD COLUMN problem_details VARCHAR[];
ALTER TABLE {db}.main.spans ADD COLUMN call_digest UBIGINT DEFAULT 0;
ALTER TABLE {db}.main.spans ALTER COLUMN call_digest SET NOT NULL;
