// A client whose second span has an id of zeros, which Steward must refuse, and tell.
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import { BatchSpanProcessor, RandomIdGenerator } from "@opentelemetry/sdk-trace-base";
import { exporter, finish, listen } from "./start.mjs";

listen();
const ids = new RandomIdGenerator();
let spans = 0;
const idGenerator = {
  generateTraceId: () => ids.generateTraceId(),
  generateSpanId: () => (++spans === 2 ? "0".repeat(16) : ids.generateSpanId()),
};
const provider = new NodeTracerProvider({ idGenerator, spanProcessors: [new BatchSpanProcessor(exporter())] });
const tracer = provider.getTracer("refused");
const good = tracer.startSpan("good");
good.end();
tracer.startSpan("bad").end();
await finish(provider, { trace: good.spanContext().traceId });
