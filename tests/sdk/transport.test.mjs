// The OpenTelemetry JS SDK over each of its three transports.
import { after, before, describe, test } from "node:test";
import assert from "node:assert/strict";
import { startProvider } from "./provider.mjs";
import { runEmitter } from "./run.mjs";
import { startSteward } from "./steward.mjs";

let steward, provider;

before(async () => ([steward, provider] = await Promise.all([startSteward(), startProvider()])));
after(() => Promise.all([steward?.stop(), provider?.stop()]));

/** How many records of a signal were stored, and how many refused, up to now. */
async function counted(signal) {
  const { total } = (await steward.ask("/api/v1/ingest")).signals.find((s) => s.signal === signal);
  return { stored: total.stored, rejected: Object.values(total.rejected ?? {}).reduce((a, b) => a + b, 0) };
}

for (const transport of ["proto", "json", "grpc"]) {
  describe(`OTLP ${transport}`, () => {
    test("a tree arrives whole", async () => {
      const [logs, points] = [await counted("logs"), await counted("metrics")];
      const sent = await runEmitter("plain.mjs", { steward, provider, key: await steward.ingestKey(), transport });
      assert.deepEqual(sent.warnings, []);
      const trace = await steward.trace(sent.trace);
      assert.equal(trace.spans.length, 2);
      assert.equal(trace.root_span_id, sent.root);
      assert.equal(trace.orphans, 0);
      assert.equal(trace.errors, 1);
      const root = trace.spans.find((s) => s.span_id === sent.root);
      const child = trace.spans.find((s) => s.span_id === sent.child);

      assert.equal(root.name, "answer");
      assert.equal(root.parent_id ?? "", "");
      assert.equal(root.otel_kind, "server");
      assert.deepEqual(root.scope, { name: "plain", version: "1.2.3" });
      assert.equal(root.service, "weather-agent");
      assert.equal(root.environment, "production");
      assert.equal(root.release, "4f2c1d");
      assert.equal(root.session, "conversation-7");
      assert.equal(root.user, "ann");
      assert.equal(root.resource["service.name"], "weather-agent");
      assert.equal(root.resource["deployment.environment.name"], "production");
      const { whole, broken, yes, list, odd } = root.attributes;
      assert.deepEqual({ whole, broken, yes, list, odd }, { whole: 42, broken: 0.5, yes: true, list: ["a", "b"], odd: "Grüße \u{1F600}" });
      assert.deepEqual(root.marks, []);

      assert.equal(child.parent_id, sent.root);
      assert.deepEqual(child.status, { code: "error", message: "the shelf is empty" });
      assert.deepEqual(
        child.events.map((e) => e.name),
        ["found", "exception"],
      );
      assert.deepEqual(child.events[0].attributes, { rows: 3 });
      assert.equal(child.events[1].attributes["exception.message"], "the shelf is empty");
      assert.deepEqual(child.links, [{ trace_id: sent.trace, span_id: sent.root, attributes: { why: "test" } }]);
      assert.ok(Date.parse(root.start) <= Date.parse(child.start) && Date.parse(child.end) <= Date.parse(root.end));

      const [score] = root.scores;
      assert.equal(score?.name, "helpful");
      assert.equal(score.value, 0.75);
      assert.equal(score.explanation, "short and right");
      assert.equal((await counted("logs")).stored, logs.stored + 1);
      assert.equal((await counted("metrics")).stored, points.stored + 1);
    });

    test("a key's pins win over what the client says", async () => {
      const key = await steward.ingestKey({ environment: "staging", release: "pinned-1" });
      const { trace } = await runEmitter("plain.mjs", { steward, provider, key, transport });
      for (const span of (await steward.trace(trace)).spans) {
        assert.equal(span.environment, "staging");
        assert.equal(span.release, "pinned-1");
        assert.equal(span.resource["deployment.environment.name"], "production", "the original stays");
      }
    });

    test("a refused span is told to the client, the others are kept", async () => {
      const before = await counted("spans");
      const sent = await runEmitter("refused.mjs", { steward, provider, key: await steward.ingestKey(), transport });
      const { spans } = await steward.trace(sent.trace);
      assert.deepEqual(
        spans.map((s) => s.name),
        ["good"],
      );
      assert.deepEqual(await counted("spans"), { stored: before.stored + 1, rejected: before.rejected + 1 });
      const told = sent.warnings.join("\n");
      assert.match(told, /partial success/i);
      assert.match(told, /"rejectedSpans":\s*"?1\b/);
      assert.match(told, /span id/i);
    });

    test("a wrong key is an error that the client hears", async () => {
      const sent = await runEmitter("plain.mjs", { steward, provider, key: "stw_wrong", transport });
      assert.notEqual(sent.warnings.length, 0);
      assert.match(sent.warnings.join("\n"), transport === "grpc" ? /UNAUTHENTICATED/ : /Unauthorized|401/);
      await assert.rejects(steward.trace(sent.trace), /404/);
    });
  });
}
