import { describe, expect, it } from "vitest";
import { stand, toggle, withoutField } from "./terms";

describe("how a value stands", () => {
  it.each([
    ["model:gpt-4o", "model", "gpt-4o", "in"],
    ["-model:gpt-4o", "model", "gpt-4o", "out"],
    ["NOT model:gpt-4o", "model", "gpt-4o", "out"],
    ['status:error model:("a b" OR c)', "model", "a b", "in"],
    ["environment:staging", "env", "staging", "in"],
    ["model:gpt*", "model", "gpt*", undefined],
    ["(model:gpt-4o)", "model", "gpt-4o", undefined],
    ["model:gpt-4o OR user:ann", "model", "gpt-4o", undefined],
    ['"model:gpt-4o"', "model", "gpt-4o", undefined],
    ["cost>1 tokens:>5", "tokens", ">5", undefined],
  ])("%s", (text, field, value, want) => expect(stand(text, field, value)).toBe(want));
});

describe("toggling", () => {
  it.each([
    ["", "model", "gpt-4o", "in", "model:gpt-4o"],
    ["status:error", "tool", "search (v2)", "in", 'status:error tool:"search (v2)"'],
    ["model:a", "model", "b", "in", "model:(a OR b)"],
    ["model:(a OR b) cost>1", "model", "a", "in", "model:b cost>1"],
    ["model:a", "model", "a", "in", ""],
    ["cost>1 AND model:a AND user:x", "model", "a", "in", "cost>1 AND user:x"],
    ["model:a AND user:x", "model", "a", "in", "user:x"],
    ["model:a", "model", "a", "out", "-model:a"],
    ["-model:a", "model", "a", "in", "model:a"],
    ["-model:a", "model", "b", "out", "-model:(a OR b)"],
    ["model:a OR user:x", "env", "p", "in", "(model:a OR user:x) env:p"],
    ['"refund policy" env:p', "env", "q", "in", '"refund policy" env:(p OR q)'],
    ["environment:p", "env", "q", "in", "environment:(p OR q)"],
  ] as const)("%s + %s:%s", (text, field, value, want, result) => expect(toggle(text, field, value, want)).toBe(result));

  it("undoes itself", () => {
    for (const value of ['a "b"', "back\\slash", "x(y)", "AND", "ünï", "a..b", "-1", "*"]) {
      const text = 'cost>1 "two words"';
      const once = toggle(text, "tag", value, "in");
      expect(stand(once, "tag", value)).toBe("in");
      expect(toggle(once, "tag", value, "in")).toBe(text);
    }
  });
});

it("leaves a field out", () => {
  expect(withoutField("model:a status:error -model:b cost>1", "model")).toBe("status:error cost>1");
  expect(withoutField("model:a OR user:x", "model")).toBe("model:a OR user:x");
});
