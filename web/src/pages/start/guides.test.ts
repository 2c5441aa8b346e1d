import { describe, expect, it } from "vitest";
import { chosen, languages, startSearch } from "./choices";
import { fill, pieces, placeholder } from "./guide";
import { guides } from "./guides";

const offered = languages.flatMap((l) => l.ways.map((w) => w.guide));

describe("the guides", () => {
  it("are each offered, once", () => expect(offered.toSorted()).toEqual([...guides.keys()].toSorted()));
  it.each([...guides])("%s is read whole", (_, guide) => {
    expect(guide.title).not.toMatch(/#/);
    expect(guide.intro).toMatch(/\.$/);
    expect(guide.proof).toMatch(/^(Run|Not run here)/);
    const pasted = fill(`${guide.setup ?? ""}\n${guide.send}`, "https://steward.example", "stw_1");
    expect(pasted).not.toContain("```");
    expect(pasted).toContain("https://steward.example");
    expect(pasted).toContain("stw_1");
    expect(pasted).not.toContain(placeholder);
  });
});

describe("the choice", () => {
  it("falls back to what can be chosen", () => {
    expect(startSearch({ language: "cobol", with: "openai" })).toEqual({ with: "openai" });
    expect(startSearch({ language: "go", with: "openai" })).toEqual({ language: "go" });
    expect(chosen({}).way.guide).toBe("python-openai");
    expect(chosen({ language: "typescript", with: "vercel-ai" }).way.guide).toBe("typescript-vercel-ai");
  });
});

it("tells code from words, and keeps a link's words", () =>
  expect(pieces("Set `a=b` as\n[told](../x.md).")).toEqual([
    { text: "Set ", code: false },
    { text: "a=b", code: true },
    { text: " as told.", code: false },
  ]));
