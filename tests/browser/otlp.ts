/** Spans as an OpenTelemetry exporter sends them: OTLP/HTTP in JSON. */

type Value = string | number | boolean;

export interface Sent {
  id: string;
  parent?: string;
  name: string;
  /** Milliseconds after the trace's start, and how long; null for a span that has not ended. */
  at: number;
  ms: number | null;
  attributes?: Record<string, Value>;
  error?: string;
}

export interface SentTrace {
  id: string;
  start: number;
  environment?: string;
  release?: string;
  spans: Sent[];
}

/** Sends traces in one request and answers when the server has acknowledged them. */
export async function send(url: string, key: string, ...traces: SentTrace[]): Promise<Response> {
  const nanos = (trace: SentTrace, ms: number) => `${BigInt(Math.round(trace.start + ms)) * 1_000_000n}`;
  const body = {
    resourceSpans: traces.map((trace) => ({
      resource: {
        attributes: attributes({
          "service.name": "support-bot", "deployment.environment.name": trace.environment ?? "production",
          ...(trace.release && { "service.version": trace.release }),
        }),
      },
      scopeSpans: [{
        scope: { name: "browser-test" },
        spans: trace.spans.map((s) => ({
          traceId: trace.id,
          spanId: s.id,
          parentSpanId: s.parent ?? "",
          name: s.name,
          kind: 1,
          startTimeUnixNano: nanos(trace, s.at),
          endTimeUnixNano: s.ms === null ? "0" : nanos(trace, s.at + s.ms),
          attributes: attributes(s.attributes ?? {}),
          status: s.error ? { code: 2, message: s.error } : { code: 1 },
        })),
      }],
    })),
  };
  return fetch(`${url}/otlp/v1/traces`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
    body: JSON.stringify(body),
  });
}

function attributes(from: Record<string, Value>) {
  return Object.entries(from).map(([key, value]) => ({ key, value: wrap(value) }));
}

function wrap(value: Value) {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}

export const question = "I was charged twice for order 4411. <img src=x onerror=alert(1)>";
export const answer = "I have refunded the second charge.";

/** An agent's run: a model call that asks for a tool, the tool, which fails, and a second model call. */
export function agentRun(id: string, start: number): SentTrace {
  const session = { "gen_ai.conversation.id": "conversation-7", "user.id": "ann" };
  const model = {
    ...session,
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-4o",
    "gen_ai.response.model": "gpt-4o-2024-08-06",
    "gen_ai.usage.input_tokens": 1200,
    "gen_ai.usage.output_tokens": 34,
  };
  const user = { role: "user", parts: [{ type: "text", content: question }] };
  const call = { role: "assistant", parts: [{ type: "tool_call", id: "call_1", name: "refund_order", arguments: { order: "4411" } }], finish_reason: "tool_calls" };
  const said = { role: "assistant", parts: [{ type: "text", content: answer }], finish_reason: "stop" };
  return {
    id,
    start,
    spans: [
      { id: "00000000000000a1", name: "invoke_agent support", at: 0, ms: 3400, attributes: { ...session, "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "support" } },
      {
        id: "00000000000000a2", parent: "00000000000000a1", name: "chat gpt-4o", at: 10, ms: 1200,
        attributes: { ...model, "gen_ai.input.messages": JSON.stringify([user]), "gen_ai.output.messages": JSON.stringify([call]) },
      },
      {
        id: "00000000000000a3", parent: "00000000000000a1", name: "execute_tool refund_order", at: 1300, ms: 450, error: "order 4411 is locked",
        attributes: { ...session, "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "refund_order", "gen_ai.tool.call.id": "call_1", "gen_ai.tool.call.arguments": '{"order":"4411"}' },
      },
      {
        id: "00000000000000a4", parent: "00000000000000a1", name: "chat gpt-4o", at: 1800, ms: 1500,
        attributes: { ...model, "gen_ai.input.messages": JSON.stringify([user, call]), "gen_ai.output.messages": JSON.stringify([said]) },
      },
    ],
  };
}
