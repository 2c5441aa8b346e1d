CREATE TABLE {db}.main.scores (
  project VARCHAR NOT NULL,
  id VARCHAR NOT NULL,
  trace_id UUID,
  span_id UBIGINT,
  session VARCHAR NOT NULL,
  name VARCHAR NOT NULL,
  value DOUBLE,
  label VARCHAR NOT NULL,
  boolean BOOLEAN,
  source VARCHAR NOT NULL,
  source_name VARCHAR NOT NULL,
  explanation VARCHAR NOT NULL USING COMPRESSION zstd,
  time_ns BIGINT NOT NULL,
  day_ns BIGINT NOT NULL
);
