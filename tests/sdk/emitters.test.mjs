// Real instrumentations, from npm, send what they make of a stand-in provider's answers; Steward must understand it.
import { after, before, describe, test } from "node:test";
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { cases } from "./cases.mjs";
import { checkSpan, pair } from "./check.mjs";
import { startProvider } from "./provider.mjs";
import { runEmitter } from "./run.mjs";
import { startSteward } from "./steward.mjs";

let steward, provider, key;

before(async () => {
  [steward, provider] = await Promise.all([startSteward(), startProvider()]);
  key = await steward.ingestKey();
});
after(() => Promise.all([steward?.stop(), provider?.stop()]));

test("docs/emitters.md names the versions that are tested", async () => {
  const page = await readFile(resolve(import.meta.dirname, "../../docs/emitters.md"), "utf8");
  for (const installed of new Set(cases.flatMap((c) => c.packages))) {
    const { name, version } = JSON.parse(
      await readFile(resolve(import.meta.dirname, "../node_modules", installed, "package.json"), "utf8"),
    );
    assert.ok(page.includes(`\`${name}\` ${version}`), `${name} ${version}`);
  }
});

for (const { script, packages, scenarios } of cases) {
  describe(packages.join(" with "), () => {
    let traces;
    before(async () => {
      const { warnings, ...ids } = await runEmitter(script, { steward, provider, key });
      assert.deepEqual(warnings, []);
      assert.deepEqual(Object.keys(ids), Object.keys(scenarios));
      traces = Object.fromEntries(await Promise.all(Object.entries(ids).map(async ([name, id]) => [name, await steward.trace(id)])));
    });
    for (const [name, expectations] of Object.entries(scenarios)) {
      test(name, () => {
        const trace = traces[name];
        assert.equal(trace.unfinished, false);
        assert.equal(trace.orphans, 0);
        const spans = trace.spans.filter((span) => span.scope.name !== "app");
        for (const { span, expected } of pair(spans, expectations)) {
          checkSpan(span, expected);
          assert.equal(span.service, "weather-agent");
          assert.ok(
            span.span_id === trace.root_span_id || trace.spans.some((s) => s.span_id === span.parent_id),
            `${span.name}: its parent`,
          );
        }
      });
      test(`${name}: totals count each token and each cent once`, () => {
        const counted = traces[name].spans.filter((span) => span.usage && !span.usage.rollup);
        const sum = (key) => counted.reduce((n, span) => n + span.usage[key], 0);
        assert.equal(traces[name].tokens.input_tokens, sum("input_tokens"));
        assert.equal(traces[name].tokens.output_tokens, sum("output_tokens"));
        const cents = traces[name].spans.reduce((n, span) => n + Math.round(Number(span.cost?.amount ?? 0) * 1e12), 0);
        assert.equal(Math.round(Number(traces[name].cost?.amount ?? 0) * 1e12), cents);
      });
    }
  });
}
