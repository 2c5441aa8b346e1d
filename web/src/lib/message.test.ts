import { describe, expect, it, test } from "vitest";
import type { Part } from "../api/types";
import { flatten, fold, parsed, plain, pretty, unfold, view } from "./message";

describe("view", () => {
  test.each([
    [{ type: "text", text: "hello" }, { as: "text", text: "hello" }],
    [{ type: "text", text: "<b>not markup</b>" }, { as: "text", text: "<b>not markup</b>" }],
    [{ type: "text", text: '{"a": 1}' }, { as: "json", value: { a: 1 } }],
    [{ type: "text", text: "{not json}" }, { as: "text", text: "{not json}" }],
    [{ type: "text" }, { as: "text", text: "" }],
    [{ type: "reasoning", text: "hm" }, { as: "reasoning", text: "hm" }],
    [{ type: "tool_call", id: "1", name: "f", value: { a: 1 } }, { as: "call", id: "1", name: "f", value: { a: 1 } }],
    [{ type: "tool_call", name: "f", value: '{"a":1}' }, { as: "call", id: "", name: "f", value: { a: 1 } }],
    [{ type: "tool_result", id: "1", name: "f", value: "done" }, { as: "result", id: "1", name: "f", value: "done" }],
    [{ type: "media", mime: "image/png", blob: "ab" }, { as: "image", mime: "image/png", source: { blob: "ab" } }],
    [{ type: "media", mime: "audio/wav", blob: "ab" }, { as: "audio", mime: "audio/wav", source: { blob: "ab" } }],
    [{ type: "data", value: { a: 1 } }, { as: "json", value: { a: 1 } }],
    [{ type: "hologram", text: "x" }, { as: "json", value: { type: "hologram", text: "x" } }],
  ])("%j", (part, want) => expect(view(part as Part)).toEqual(want));

  it("never draws SVG, which may carry scripts", () =>
    expect(view({ type: "media", mime: "image/svg+xml", blob: "ab" }).as).toBe("file"));

  it("never loads an address elsewhere", () =>
    expect(view({ type: "media", mime: "image/png", uri: "https://example.com/a.png" })).toEqual({
      as: "file", mime: "image/png", source: { uri: "https://example.com/a.png" },
    }));

  it("says that bytes are missing", () =>
    expect(view({ type: "media", mime: "image/png" })).toEqual({ as: "file", mime: "image/png", source: { missing: true } }));
});

describe("JSON in text", () => {
  it("takes objects and lists only", () => {
    expect(parsed("[1]")).toEqual([1]);
    for (const text of ["1", '"a"', "null", "", "[1", "true"]) expect(parsed(text)).toBeUndefined();
  });
  it("unfolds strings that hold it", () => {
    expect(unfold('{"a":1}')).toEqual({ a: 1 });
    expect(unfold("plain")).toBe("plain");
    expect(unfold(7)).toBe(7);
  });
  it("prints", () => {
    expect(pretty({ a: 1 })).toBe('{\n  "a": 1\n}');
    expect(pretty("text")).toBe("text");
    expect(pretty(undefined)).toBe("");
  });
});

describe("fold", () => {
  it("leaves short text alone", () => expect(fold("abc", 4)).toEqual({ shown: "abc", hidden: 0 }));
  it("says how much it hides, and loses nothing", () => {
    const text = `${"x".repeat(90)}\n${"y".repeat(100)}`;
    const { shown, hidden } = fold(text, 100);
    expect(shown).toBe("x".repeat(90));
    expect(shown.length + hidden).toBe(text.length);
  });
  it("does not cut a character in two", () => {
    const { shown } = fold("😀".repeat(100), 51);
    expect(shown).toBe("😀".repeat(25));
  });
});

it("copies the text of a message, or its JSON", () => {
  expect(plain({ role: "user", parts: [{ type: "text", text: "a" }, { type: "media" }, { type: "text", text: "b" }] })).toBe("a\nb");
  expect(plain({ role: "user", parts: [{ type: "tool_call", name: "f" }] })).toContain('"tool_call"');
});

it("flattens attributes by path and keeps lists and empty objects whole", () => {
  expect(flatten({ z: 1, a: { b: { c: "x" }, d: [1, 2], e: {} } })).toEqual([
    { path: "a.b.c", value: "x" },
    { path: "a.d", value: "[\n  1,\n  2\n]" },
    { path: "a.e", value: "{}" },
    { path: "z", value: "1" },
  ]);
});
