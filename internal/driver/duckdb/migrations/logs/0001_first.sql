CREATE TABLE {db}.main.logs (
  project VARCHAR NOT NULL,
  time_ns BIGINT NOT NULL,
  observed_ns BIGINT NOT NULL,
  trace_id UUID,
  span_id UBIGINT,
  event_name VARCHAR NOT NULL,
  severity INTEGER NOT NULL,
  severity_text VARCHAR NOT NULL,
  service VARCHAR NOT NULL,
  environment VARCHAR NOT NULL,
  joined BOOLEAN NOT NULL,
  body VARCHAR NOT NULL USING COMPRESSION zstd,
  attributes VARCHAR NOT NULL USING COMPRESSION zstd,
  resource VARCHAR NOT NULL,
  scope VARCHAR NOT NULL
);
