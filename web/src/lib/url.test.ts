import { describe, expect, it, test } from "vitest";
import { combine, complete, mark, quote } from "./filter";
import { around, fromInput, isCustom, resolve, toInput } from "./period";
import { listSearch, nextSort, parseSearch, shellSearch, stringifySearch, traceSearch } from "./search";
import { ago, between, local, utc } from "./time";

describe("the URL", () => {
  it("keeps any filter as it is, in a form that other programs can write", () => {
    for (const filter of ['status:error AND "refund policy"', "cost>0.05", "a=b&c=d#e?f", "100%", "1", "true", "ü 😀", "[x]"]) {
      expect(parseSearch(stringifySearch({ filter }))).toEqual({ filter });
    }
    expect(parseSearch("?filter=status%3Aerror+model%3Ax&from=2026-01-01T00:00:00Z").filter).toBe("status:error model:x");
  });
  it("leaves empty values out", () => expect(stringifySearch({ a: undefined, b: "", c: null, d: "x" })).toBe("?d=x"));
  it("drops what makes no sense", () => {
    expect(shellSearch({ period: "9y", from: "yesterday", env: 7, project: "a" })).toEqual({ project: "a" });
    expect(listSearch({ sort: "rm -rf", live: "yes", filter: "" })).toEqual({});
    expect(traceSearch({ span: "ab", tab: "content" })).toEqual({ span: "ab" });
    expect(traceSearch({ tab: "events" })).toEqual({ tab: "events" });
  });
  it("takes fixed times before a relative period", () =>
    expect(shellSearch({ period: "7d", from: "2026-01-01T00:00:00Z" })).toEqual({ from: "2026-01-01T00:00:00Z" }));
  it("does not write the default sort", () => expect(listSearch({ sort: "-start" })).toEqual({}));
});

test("a header sorts down, then up, then not", () => {
  expect(nextSort(undefined, "cost")).toBe("-cost");
  expect(nextSort("-cost", "cost")).toBe("cost");
  expect(nextSort("cost", "cost")).toBeUndefined();
  expect(nextSort("-cost", "tokens")).toBe("-tokens");
  expect(nextSort(undefined, "start")).toBe("start");
  expect(nextSort("start", "start")).toBeUndefined();
});

describe("the period", () => {
  const now = Date.parse("2026-05-01T12:00:00Z");
  it("is a day unless said otherwise, and looks a little ahead for clocks that run fast", () =>
    expect(resolve({}, now)).toEqual({ from: "2026-04-30T12:00:00.000Z", to: "2026-05-01T12:05:00.000Z" }));
  it("takes fixed times as they are, nanoseconds included", () => {
    const fixed = { from: "2026-01-01T00:00:00.123456789Z", to: "2026-01-02T00:00:00Z" };
    expect(resolve(fixed, now)).toEqual(fixed);
    expect(isCustom(fixed)).toBe(true);
  });
  it("fills in a missing end", () => {
    expect(resolve({ from: "2026-01-01T00:00:00Z" }, now).to).toBe("2026-05-01T12:05:00.000Z");
    expect(resolve({ to: "2026-01-02T00:00:00Z" }, now).from).toBe("2026-01-01T00:00:00.000Z");
  });
  it("goes around a moment", () => expect(around("2026-01-01T12:00:00Z").from).toBe("2026-01-01T11:00:00.000Z"));
  it("survives the input fields of the browser", () => {
    expect(fromInput(toInput("2026-01-01T12:34:56.000Z"))).toBe("2026-01-01T12:34:56.000Z");
    expect(fromInput("")).toBeUndefined();
    expect(toInput("nonsense")).toBe("");
  });
});

describe("the filter", () => {
  it("is narrowed to an environment as one expression", () => {
    expect(combine(undefined, undefined)).toEqual({ text: undefined, shift: 0 });
    expect(combine("a OR b", "production")).toEqual({ text: "(a OR b) env:production", shift: 1 });
    expect(combine(" ", "my env")).toEqual({ text: 'env:"my env"', shift: 0 });
  });
  it("quotes what would be read as something else", () => {
    expect(quote("4f2c1d")).toBe("4f2c1d");
    expect(quote("a/b.c-d")).toBe("a/b.c-d");
    expect(quote("OR")).toBe('"OR"');
    expect(quote('say "hi" \\')).toBe('"say \\"hi\\" \\\\"');
    expect(quote("gpt*")).toBe('"gpt*"');
  });
  it("finds the place of an error in what the reader typed", () => {
    expect(mark({ column: 3, length: 2 }, "a bogus", 0)).toEqual({ start: 2, length: 2 });
    expect(mark({ column: 4, length: 5 }, "a bogus", 1)).toEqual({ start: 2, length: 5 });
    expect(mark({ column: 99 }, "abc", 0)).toEqual({ start: 3, length: 1 });
    expect(mark({ column: 1 }, "abc", 1)).toEqual({ start: 0, length: 1 });
    expect(mark({}, "abc", 0)).toBeUndefined();
  });
  it("counts characters, not UTF-16 units", () => {
    expect(complete("😀 sta", { from: 2, to: 5, expected: "term" }, "status:")).toEqual({ text: "😀 status:", cursor: 10 });
    expect(mark({ column: 2, length: 1 }, "😀x", 0)).toEqual({ start: 1, length: 1 });
  });
  it("puts a candidate in its place and a space after a whole one", () => {
    expect(complete("status:er", { from: 7, to: 9, expected: "value" }, "error")).toEqual({ text: "status:error ", cursor: 13 });
    expect(complete("status:er cost>1", { from: 7, to: 9, expected: "value" }, "error")).toEqual({ text: "status:error cost>1", cursor: 12 });
    expect(complete("dur", { from: 0, to: 3, expected: "term" }, "duration")).toEqual({ text: "duration", cursor: 8 });
    expect(complete("a an", { from: 2, to: 4, expected: "term" }, "AND")).toEqual({ text: "a AND ", cursor: 6 });
  });
});

describe("times", () => {
  it("keeps nanoseconds in differences", () => {
    expect(between("2026-01-01T00:00:00.000000001Z", "2026-01-01T00:00:00.000000002Z")).toBe(0.000001);
    expect(between("2026-01-01T00:00:00.9Z", "2026-01-01T00:00:02Z")).toBe(1100);
    expect(between("2026-01-01T00:00:00Z", null)).toBeUndefined();
    expect(between("x", "2026-01-01T00:00:00Z")).toBeUndefined();
  });
  it("shows less of a time the nearer it is", () => {
    const now = new Date(2026, 4, 1, 12);
    expect(local(new Date(2026, 4, 1, 9, 5, 7).toISOString(), now)).toBe("09:05:07");
    expect(local(new Date(2026, 3, 30, 9, 5, 7).toISOString(), now)).toBe("30 Apr 09:05:07");
    expect(local(new Date(2025, 3, 30, 9, 5, 7).toISOString(), now)).toBe("30 Apr 2025 09:05:07");
    expect(local(null, now)).toBe("–");
    expect(utc("2026-01-01T00:00:00.123456789Z")).toBe("2026-01-01 00:00:00.123456789 UTC");
  });
  it("says how long ago", () => {
    const now = Date.parse("2026-05-01T12:00:00Z");
    expect(ago("2026-05-01T11:59:55Z", now)).toBe("just now");
    expect(ago("2026-05-01T11:55:00Z", now)).toBe("5 min ago");
    expect(ago("2026-05-03T12:00:00Z", now)).toBe("in 2 d");
    expect(ago(null, now)).toBe("never");
  });
});
