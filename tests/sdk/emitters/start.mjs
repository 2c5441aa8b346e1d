// What every emitter script begins with: the OpenTelemetry SDK exporting to Steward, and scenarios to play in it.
import { createRequire } from "node:module";
import { Metadata } from "@grpc/grpc-js";
import { context, diag, DiagLogLevel, SpanStatusCode, trace } from "@opentelemetry/api";
import { OTLPLogExporter as GrpcLogs } from "@opentelemetry/exporter-logs-otlp-grpc";
import { OTLPLogExporter as JsonLogs } from "@opentelemetry/exporter-logs-otlp-http";
import { OTLPLogExporter as ProtoLogs } from "@opentelemetry/exporter-logs-otlp-proto";
import { OTLPMetricExporter as GrpcMetrics } from "@opentelemetry/exporter-metrics-otlp-grpc";
import { OTLPMetricExporter as JsonMetrics } from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPMetricExporter as ProtoMetrics } from "@opentelemetry/exporter-metrics-otlp-proto";
import { OTLPTraceExporter as GrpcTraces } from "@opentelemetry/exporter-trace-otlp-grpc";
import { OTLPTraceExporter as JsonTraces } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtoTraces } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchLogRecordProcessor } from "@opentelemetry/sdk-logs";
import { PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";

const { EMIT_URL, EMIT_GRPC, EMIT_KEY, EMIT_TRANSPORT, PROVIDER_URL } = process.env;

/** Loads CommonJS modules, which instrumentations can patch. */
export const require = createRequire(import.meta.url);
export const provider = PROVIDER_URL;

const exporters = {
  proto: { traces: ProtoTraces, logs: ProtoLogs, metrics: ProtoMetrics },
  json: { traces: JsonTraces, logs: JsonLogs, metrics: JsonMetrics },
  grpc: { traces: GrpcTraces, logs: GrpcLogs, metrics: GrpcMetrics },
};

/** The exporter of a signal over the transport that the test asked for. Every base and header that Steward knows is used. */
export function exporter(signal = "traces") {
  const Exporter = exporters[EMIT_TRANSPORT][signal];
  switch (EMIT_TRANSPORT) {
    case "grpc": {
      const metadata = new Metadata();
      metadata.set("x-api-key", EMIT_KEY);
      return new Exporter({ url: `http://${EMIT_GRPC}`, metadata });
    }
    case "json":
      return new Exporter({ url: `${EMIT_URL}/v1/${signal}`, headers: { "x-api-key": EMIT_KEY } });
    default:
      return new Exporter({ url: `${EMIT_URL}/otlp/v1/${signal}`, headers: { authorization: `Bearer ${EMIT_KEY}` } });
  }
}

/** What the SDK's own diagnostics said at level warning and above. */
export const warnings = [];

const where = { "service.version": "4f2c1d", "deployment.environment.name": "production" };

/** Hears the SDK's diagnostics. */
export function listen() {
  const hear = (...words) => warnings.push(words.map((w) => w?.message ?? String(w)).join(" "));
  const silent = () => {};
  diag.setLogger({ error: hear, warn: hear, info: silent, debug: silent, verbose: silent }, DiagLogLevel.WARN);
}

/** Starts the SDK. */
export function start({ instrumentations = [], logs = false, metrics = false, spanProcessors, resource = where } = {}) {
  listen();
  const sdk = new NodeSDK({
    resource: resourceFromAttributes({ "service.name": "weather-agent", ...resource }),
    autoDetectResources: false,
    spanProcessors: spanProcessors ?? [new BatchSpanProcessor(exporter())],
    logRecordProcessors: logs ? [new BatchLogRecordProcessor({ exporter: exporter("logs") })] : [],
    metricReaders: metrics ? [new PeriodicExportingMetricReader({ exporter: exporter("metrics") })] : [],
    instrumentations,
  });
  sdk.start();
  return sdk;
}

/** Plays the scenarios one after another, each below an own root span, flushes, and writes their trace ids. */
export async function play(sdk, scenarios) {
  const result = {};
  for (const [name, act] of Object.entries(scenarios)) result[name] = await inRoot(name, act);
  await finish(sdk, result);
}

/** Flushes and writes the result for the test to read. */
export async function finish(sdk, result) {
  await sdk.shutdown().catch((error) => warnings.push(`${error.message} ${error.code ?? ""}`)); // what the last flush met
  if (warnings.length > 0) console.error(warnings.join("\n"));
  console.log(`RESULT ${JSON.stringify({ ...result, warnings })}`);
}

function inRoot(name, act) {
  return trace.getTracer("app").startActiveSpan(name, async (span) => {
    try {
      await act(span);
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
      throw error;
    } finally {
      span.end();
    }
    return span.spanContext().traceId;
  });
}

export { context, trace };

// What the scenarios ask.
export const system = "You are a helpful weather assistant.";
export const question = "What is the weather in Paris?";
export const weather = { city: "Paris", celsius: 21, sky: "sunny" };
export const tool = {
  name: "get_weather",
  description: "Current weather of a city",
  schema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
};
