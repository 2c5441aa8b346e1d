/** The environment that points any OpenTelemetry exporter at this server. */
export function otelLines(origin: string, key: string): string {
  return [
    `OTEL_EXPORTER_OTLP_ENDPOINT=${origin}/otlp`,
    `OTEL_EXPORTER_OTLP_HEADERS=Authorization=Bearer%20${key}`,
    "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
  ].join("\n");
}
