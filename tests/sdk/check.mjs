// Compares a span with what is wanted of it, and spans with expectations.
import assert from "node:assert/strict";

/**
 * Answers where got does not hold want: every key of an object, every element of a list, in order. A want of null is
 * absence, undefined asks for nothing.
 */
export function differences(got, want, path = "") {
  if (want === undefined) return [];
  if (want === null) return absent(got) ? [] : [`${path}: got ${show(got)}, want nothing`];
  if (Array.isArray(want)) {
    const list = got ?? [];
    if (!Array.isArray(list) || list.length !== want.length) return [`${path}: got ${show(got)}, want ${want.length} elements`];
    return want.flatMap((w, i) => differences(list[i], w, `${path}[${i}]`));
  }
  if (typeof want === "object") {
    if (typeof got !== "object" || got === null) return [`${path}: got ${show(got)}, want ${show(want)}`];
    return Object.entries(want).flatMap(([key, w]) => differences(got[key], w, `${path}.${key}`));
  }
  return got === want ? [] : [`${path}: got ${show(got)}, want ${show(want)}`];
}

const absent = (value) => value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0);
const show = (value) => JSON.stringify(value)?.slice(0, 400);

/** Pairs every span with its expectation; fails if one of either is left over. */
export function pair(spans, expectations) {
  const left = [...spans];
  const pairs = expectations.map((expected) => {
    const at = left.findIndex((span) => span.kind === expected.want.kind && (expected.is === undefined || expected.is(shaped(span))));
    assert.notEqual(at, -1, `no span of kind ${expected.want.kind} among ${spans.map((s) => `${s.name} (${s.kind})`).join(", ")}`);
    return { expected, span: left.splice(at, 1)[0] };
  });
  assert.deepEqual(
    left.map((s) => `${s.name} (${s.kind})`),
    [],
    "spans that nothing was said of",
  );
  return pairs;
}

const shaped = (span) => ({ ...span, input: span.input ?? [], output: span.output ?? [] });

/** Checks one span. */
export function checkSpan(span, expected) {
  assert.deepEqual(differences(span, expected.want), [], `${span.name}: ${span.mapper.emitter}`);
  assert.deepEqual(span.marks, expected.marks ?? [], `${span.name}: marks`);
  if (expected.estimated) assert.equal(span.cost?.state, "estimated", `${span.name}: cost ${show(span.cost)}`);
  if (expected.priced) {
    assert.equal(span.cost?.state, "priced", `${span.name}: cost ${show(span.cost)}`);
    assert.ok(Number(span.cost.amount) > 0, `${span.name}: cost ${span.cost.amount}`);
  }
  if (expected.fromLogs) {
    assert.ok(span.events.length >= 1, `${span.name}: no log record was joined`);
    for (const event of span.events) assert.equal(event.from_log, true, `${span.name}: ${event.name}`);
  }
  if (expected.firstToken)
    assert.ok(span.first_token_ms > 0 && span.first_token_ms <= span.duration_ms, `${span.name}: first token ${span.first_token_ms}`);
}
