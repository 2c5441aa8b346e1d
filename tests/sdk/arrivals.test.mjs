// What goes wrong when people point the OpenTelemetry JS SDK at Steward, each mistake made with the SDK itself: the SDK
// says little, the arrivals say what was wrong and what mends it.
import { after, before, describe, test } from "node:test";
import assert from "node:assert/strict";
import { once } from "node:events";
import { credentials, Metadata } from "@grpc/grpc-js";
import { ZipkinExporter } from "@opentelemetry/exporter-zipkin";
import { OTLPTraceExporter as GrpcExporter } from "@opentelemetry/exporter-trace-otlp-grpc";
import { OTLPTraceExporter as JsonExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtoExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import { startProvider } from "./provider.mjs";
import { runEmitter } from "./run.mjs";
import { startSteward } from "./steward.mjs";

let steward, provider, listening, heard;

before(async () => {
  [steward, provider] = await Promise.all([startSteward(), startProvider()]);
  listening = steward.command("doctor", "--listen");
  heard = "";
  listening.stdout.on("data", (text) => (heard += text));
});
after(async () => {
  listening?.kill("SIGINT");
  await Promise.all([steward?.stop(), provider?.stop()]);
});

/** Ends one span and sends it. The SDK's failure, if it has one, is its own business. */
async function send(exporter, times = {}) {
  const tracing = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  tracing.getTracer("arrivals").startSpan("hello", { startTime: times.start }).end(times.end);
  await tracing.forceFlush().catch(() => {});
  await tracing.shutdown().catch(() => {});
}

/** Waits for an arrival that has this problem, and answers it with the finding. */
async function arrivalWith(problem, fits = () => true) {
  for (const end = Date.now() + 10_000; ; await new Promise((wake) => setTimeout(wake, 50))) {
    const { items } = await steward.ask("/api/v1/arrivals");
    for (const item of items) {
      const finding = item.findings.find((f) => f.problem === problem);
      if (finding && fits(item)) return { item, finding };
    }
    if (Date.now() > end) assert.fail(`no arrival shows ${problem}: ${JSON.stringify(items, null, 1)}`);
  }
}

const bearer = (key) => ({ authorization: `Bearer ${key}` });
const metadata = (key) => {
  const m = new Metadata();
  m.set("x-api-key", key);
  return m;
};
const grpc = (at, key) => new GrpcExporter({ url: `http://${at}`, credentials: credentials.createInsecure(), metadata: metadata(key) });

describe("each mistake shows with its fix", () => {
  const mistakes = {
    "no key": {
      exporter: () => new ProtoExporter({ url: `${steward.url}/otlp/v1/traces` }),
      problem: "no_key",
      fix: /OTEL_EXPORTER_OTLP_HEADERS=x-api-key=KEY/,
      seen: { status: "401", path: "/otlp/v1/traces", key: null, encoding: "application/x-protobuf" },
    },
    "a wrong key": {
      exporter: () => new JsonExporter({ url: `${steward.url}/otlp/v1/traces`, headers: bearer("stw_nobody_has_this") }),
      problem: "unknown_key",
      fix: /scope ingest/,
      seen: { status: "401", key: null, encoding: "application/json" },
    },
    "a wrong key over gRPC": {
      exporter: () => grpc(steward.grpc, "stw_nobody_has_this"),
      problem: "unknown_key",
      fix: /scope ingest/,
      seen: { transport: "grpc", status: "Unauthenticated" },
    },
    "a key that may only read": {
      exporter: async () => new ProtoExporter({ url: `${steward.url}/otlp/v1/traces`, headers: bearer(await steward.ingestKey({ name: "reader", scopes: ["read"] })) }),
      problem: "wrong_scope",
      fix: /"reader" lacks the scope ingest/,
      seen: { status: "403" },
    },
    "the server's address without a path": {
      exporter: async () => new ProtoExporter({ url: `${steward.url}/`, headers: bearer(await steward.ingestKey()) }),
      problem: "wrong_path",
      fix: /OTEL_EXPORTER_OTLP_ENDPOINT=http:.*\/otlp, /,
      seen: { path: "/", status: "404" },
    },
    "the signal's path twice": {
      exporter: async () => new ProtoExporter({ url: `${steward.url}/v1/traces/v1/traces`, headers: bearer(await steward.ingestKey()) }),
      problem: "wrong_path",
      fix: /twice/,
      seen: { path: "/v1/traces/v1/traces" },
    },
    "Zipkin's encoding": {
      exporter: async () => new ZipkinExporter({ url: `${steward.url}/v1/traces`, headers: bearer(await steward.ingestKey()) }),
      problem: "wrong_encoding",
      fix: /OTEL_EXPORTER_OTLP_PROTOCOL=http\/protobuf/,
      seen: { status: "400", path: "/v1/traces" },
    },
    "HTTP to gRPC's port": {
      exporter: async () => new ProtoExporter({ url: `http://${steward.grpc}/v1/traces`, headers: bearer(await steward.ingestKey()) }),
      problem: "wrong_port",
      fix: /tells the two apart.*customary port is \d+/,
      seen: { status: "200", accepted: true, records: 1 },
    },
    "gRPC to HTTP's port": {
      exporter: async () => grpc(steward.http, await steward.ingestKey()),
      problem: "wrong_port",
      fix: /tells the two apart.*customary port is \d+/,
      seen: { status: "OK", accepted: true, records: 1, transport: "grpc" },
    },
    "https where http is spoken": {
      exporter: () => new ProtoExporter({ url: `${steward.url.replace("http:", "https:")}/otlp/v1/traces` }),
      problem: "needs_plain_text",
      fix: /http:\/\/ instead of https:\/\//,
      seen: { transport: "tls", accepted: false },
    },
    "a clock that is ahead": {
      exporter: async () => new ProtoExporter({ url: `${steward.url}/otlp/v1/traces`, headers: bearer(await steward.ingestKey({ name: "ahead" })) }),
      times: { start: new Date(Date.now() + 3_600_000), end: new Date(Date.now() + 3_601_000) },
      problem: "clock_ahead",
      fix: /NTP/,
      seen: { accepted: true },
    },
    "a clock that is behind": {
      exporter: async () => new ProtoExporter({ url: `${steward.url}/otlp/v1/traces`, headers: bearer(await steward.ingestKey({ name: "behind" })) }),
      times: { start: new Date(Date.now() - 7_200_000), end: new Date(Date.now() - 7_199_000) },
      problem: "clock_behind",
      fix: /NTP/,
      seen: { accepted: true },
    },
  };
  for (const [name, { exporter, times, problem, fix, seen }] of Object.entries(mistakes)) {
    test(name, async () => {
      await send(await exporter(), times);
      const { item, finding } = await arrivalWith(problem, (item) => Object.entries(seen).every(([k, v]) => item[k] === v));
      assert.match(finding.fix, fix);
      assert.notEqual(finding.what, "");
      assert.equal(item.address === "127.0.0.1" || item.address === "::1", true, item.address);
      if (item.transport === "http" && problem !== "wrong_encoding") assert.match(item.sdk, /^OpenTelemetry JavaScript \d/);
    });
  }
});

test("a call without messages names the setting that turns them on", async () => {
  const key = await steward.ingestKey();
  await runEmitter("otel-openai.mjs", { steward, provider, key, env: { EMIT_CONTENT: "off" } });
  const { silent } = await steward.ask("/api/v1/arrivals");
  const [one] = silent;
  assert.deepEqual(one.scopes, ["@opentelemetry/instrumentation-openai"]);
  assert.match(one.settings[0], /OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true/);
  assert.ok(one.without > 0 && one.without <= one.calls);
  const query = new URLSearchParams({ filter: one.filter, from: one.since, limit: "1000" });
  assert.equal((await steward.ask(`/api/v1/spans?${query}`)).items.length, one.without);
});

test("who may not manage keys does not see strangers", async () => {
  const reader = bearer(await steward.ingestKey({ name: "onlooker", scopes: ["read"] }));
  const got = await steward.ask("/api/v1/arrivals", { headers: reader });
  assert.equal(got.strangers, false);
  assert.ok(got.items.length > 0 && got.items.every((item) => item.project === "default"));
});

test("steward doctor --listen says the same", async () => {
  for (const want of [/REFUSED +401 .*OpenTelemetry JavaScript/, /OTEL_EXPORTER_OTLP_HEADERS/, /came without messages/]) {
    for (const end = Date.now() + 10_000; !want.test(heard); await new Promise((wake) => setTimeout(wake, 50)))
      if (Date.now() > end) assert.fail(`not heard: ${want} in\n${heard}`);
  }
  listening.kill("SIGINT");
  const [code] = await once(listening, "exit");
  assert.equal(code, 0);
});
