// The SDK alone: a small tree with everything that a span can carry, a score said in a log record, a metric point.
import { metrics, SpanKind, SpanStatusCode } from "@opentelemetry/api";
import { logs } from "@opentelemetry/api-logs";
import { context, finish, start, trace } from "./start.mjs";

const sdk = start({ logs: true, metrics: true });
const tracer = trace.getTracer("plain", "1.2.3");
const result = {};
await tracer.startActiveSpan("answer", { kind: SpanKind.SERVER }, async (root) => {
  result.trace = root.spanContext().traceId;
  result.root = root.spanContext().spanId;
  root.setAttributes({
    "user.id": "ann",
    "session.id": "conversation-7",
    whole: 42,
    broken: 0.5,
    yes: true,
    list: ["a", "b"],
    odd: "Grüße \u{1F600}",
  });
  const child = tracer.startSpan("look up", { links: [{ context: root.spanContext(), attributes: { why: "test" } }] });
  result.child = child.spanContext().spanId;
  child.addEvent("found", { rows: 3 });
  child.recordException(new Error("the shelf is empty"));
  child.setStatus({ code: SpanStatusCode.ERROR, message: "the shelf is empty" });
  child.end();
  logs.getLogger("judge").emit({
    eventName: "gen_ai.evaluation.result",
    context: context.active(),
    attributes: {
      "gen_ai.evaluation.name": "helpful",
      "gen_ai.evaluation.score.value": 0.75,
      "gen_ai.evaluation.explanation": "short and right",
    },
  });
  metrics.getMeter("plain").createCounter("answers", { unit: "1" }).add(1, { model: "gpt-4o" });
  root.end();
});
await finish(sdk, result);
