import { expect, it } from "vitest";
import { rowId, settings, type Arrival } from "./findings";

it("finds the settings within a fix", () => {
  expect(settings("Send a key with each request: OTEL_EXPORTER_OTLP_HEADERS=x-api-key=KEY, with a key of the scope ingest (Settings → Keys, or steward key create --name NAME --scopes ingest).")).toEqual([
    "OTEL_EXPORTER_OTLP_HEADERS=x-api-key=KEY",
    "steward key create --name NAME --scopes ingest",
  ]);
  expect(settings("Send OTLP as protobuf (OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf), as JSON.")).toEqual(["OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf"]);
  expect(settings("Send to http://h:7171/otlp/v1/traces: OTEL_EXPORTER_OTLP_ENDPOINT=http://h:7171/otlp")).toEqual(["OTEL_EXPORTER_OTLP_ENDPOINT=http://h:7171/otlp"]);
  expect(settings("This is the server's fault.")).toEqual([]);
});

it("tells rows apart", () => {
  const row = { address: "127.0.0.1", agent: "curl/8", path: "/v1/traces", status: "401" } as Arrival;
  expect(rowId(row)).toBe(rowId({ ...row, count: 9 } as Arrival));
  expect(rowId(row)).not.toBe(rowId({ ...row, status: "200" } as Arrival));
});
