// What every emitter script begins with: the OpenTelemetry SDK exporting to Steward, and scenarios to play in it.
import { createRequire } from "node:module";
import { Metadata } from "@grpc/grpc-js";
import { context, diag, DiagLogLevel, SpanStatusCode, trace } from "@opentelemetry/api";
import { OTLPTraceExporter as GrpcExporter } from "@opentelemetry/exporter-trace-otlp-grpc";
import { OTLPTraceExporter as JsonExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtoExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { OTLPLogExporter } from "@opentelemetry/exporter-logs-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchLogRecordProcessor } from "@opentelemetry/sdk-logs";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";

const { EMIT_URL, EMIT_KEY, EMIT_TRANSPORT, PROVIDER_URL } = process.env;

/** Loads CommonJS modules, which instrumentations can patch. */
export const require = createRequire(import.meta.url);
export const provider = PROVIDER_URL;
export const steward = { url: EMIT_URL, key: EMIT_KEY };

/** The exporter of the transport that the test asked for. */
export function exporter() {
  const headers = { authorization: `Bearer ${EMIT_KEY}` };
  switch (EMIT_TRANSPORT) {
    case "grpc": {
      const metadata = new Metadata();
      metadata.set("x-api-key", EMIT_KEY);
      return new GrpcExporter({ url: `http://${EMIT_URL}`, metadata });
    }
    case "json":
      return new JsonExporter({ url: `${EMIT_URL}/v1/traces`, headers });
    default:
      return new ProtoExporter({ url: `${EMIT_URL}/otlp/v1/traces`, headers });
  }
}

/** What the SDK's own diagnostics said at level warning and above. */
export const warnings = [];

const where = { "service.version": "4f2c1d", "deployment.environment.name": "production" };

/** Starts the SDK. */
export function start({ instrumentations = [], logs = false, spanProcessors, resource = where } = {}) {
  const hear = (...words) => warnings.push(words.map((w) => w?.message ?? String(w)).join(" "));
  const silent = () => {};
  diag.setLogger({ error: hear, warn: hear, info: silent, debug: silent, verbose: silent }, DiagLogLevel.WARN);
  const sdk = new NodeSDK({
    resource: resourceFromAttributes({ "service.name": "weather-agent", ...resource }),
    autoDetectResources: false,
    spanProcessors: spanProcessors ?? [new BatchSpanProcessor(exporter())],
    logRecordProcessors: logs
      ? [new BatchLogRecordProcessor({ exporter: new OTLPLogExporter({ url: `${EMIT_URL}/v1/logs`, headers: { "x-api-key": EMIT_KEY } }) })]
      : [],
    metricReaders: [],
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
  await sdk.shutdown();
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
