import { describe, expect, it } from "vitest";
import { buildTree, reveal, visibleRows, type TreeSpan } from "./tree";

const t0 = Date.parse("2026-01-01T00:00:00Z");

const time = (offset: number) => new Date(t0 + offset).toISOString();

function span(id: string, parent = "", at = 0, ms: number | null = 10, code = "ok"): TreeSpan {
  return { span_id: id, parent_id: parent, start: time(at), end: ms === null ? null : time(at + ms), status: { code } };
}

const names = (spans: TreeSpan[], closed: string[] = []) =>
  visibleRows(buildTree(spans), new Set(closed)).map((n) => `${" ".repeat(n.depth)}${n.span.span_id}:${n.place}`);

describe("buildTree", () => {
  it("orders children by start, whatever the order they came in", () => {
    expect(names([span("c", "a", 20), span("b", "a", 10), span("a", "", 0, 100), span("d", "b", 12)])).toEqual([
      "a:root", " b:child", "  d:child", " c:child",
    ]);
  });

  it("shows orphans below the roots, with what hangs on them", () => {
    expect(names([span("lost", "gone", 1), span("under", "lost", 2), span("a", "", 5)])).toEqual([
      "a:root", "lost:orphan", " under:child",
    ]);
  });

  it("cuts a cycle above its earliest span and loses none", () => {
    expect(names([span("a", "c", 5), span("b", "a", 1), span("c", "b", 9), span("tail", "c", 0), span("root", "", 20)])).toEqual([
      "root:root", "b:cycle", " c:child", "  tail:child", "  a:child",
    ]);
  });

  it("takes a span that is its own parent", () => expect(names([span("a", "a")])).toEqual(["a:cycle"]));

  it("takes two separate cycles", () =>
    expect(names([span("a", "b", 0), span("b", "a", 1), span("x", "y", 2), span("y", "x", 3)])).toEqual([
      "a:cycle", " b:child", "x:cycle", " y:child",
    ]));

  it("takes several roots, and none", () => {
    expect(names([span("b", "", 5), span("a", "", 1)])).toEqual(["a:root", "b:root"]);
    expect(names([])).toEqual([]);
  });

  it("keeps both of two spans with one id", () => expect(names([span("a"), span("a", "", 3)])).toHaveLength(2));

  it("measures offsets and lengths, open spans included", () => {
    const tree = buildTree([span("a", "", 0, null), span("b", "a", 30, 12)]);
    expect(tree.length).toBe(42);
    expect(tree.byId.get("a")?.duration).toBeUndefined();
    expect(tree.byId.get("b")?.offset).toBe(30);
  });

  it("counts what is below, and what failed there", () => {
    const tree = buildTree([span("a"), span("b", "a", 1, 1, "error"), span("c", "b", 2, 1, "error"), span("d", "a", 3)]);
    expect(tree.byId.get("a")).toMatchObject({ below: 3, errorsBelow: 2 });
    expect(tree.byId.get("b")).toMatchObject({ below: 1, errorsBelow: 1 });
  });
});

describe("30,000 spans", () => {
  const limit = 1500; // milliseconds; it takes about a tenth of that

  it("in one chain", () => {
    const chain = Array.from({ length: 30_000 }, (_, i) => span(`s${i}`, i === 0 ? "" : `s${i - 1}`, i));
    const begun = performance.now();
    const tree = buildTree(chain.toReversed());
    const rows = visibleRows(tree, new Set());
    expect(performance.now() - begun).toBeLessThan(limit);
    expect(rows).toHaveLength(30_000);
    expect(rows.at(-1)?.depth).toBe(29_999);
    expect(rows[0]?.below).toBe(29_999);
  });

  it("below one root", () => {
    const wide = Array.from({ length: 30_000 }, (_, i) => span(`s${i}`, i === 0 ? "" : "s0", 30_000 - i));
    const begun = performance.now();
    const rows = visibleRows(buildTree(wide), new Set());
    expect(performance.now() - begun).toBeLessThan(limit);
    expect(rows).toHaveLength(30_000);
  });

  it("in one cycle", () => {
    const ring = Array.from({ length: 30_000 }, (_, i) => span(`s${i}`, `s${(i + 29_999) % 30_000}`, i));
    const rows = visibleRows(buildTree(ring), new Set());
    expect(rows).toHaveLength(30_000);
    expect(rows[0]?.place).toBe("cycle");
  });
});

describe("folding", () => {
  const spans = [span("a"), span("b", "a", 1), span("c", "b", 2), span("d", "a", 3)];

  it("hides what is below", () => expect(names(spans, ["b"])).toEqual(["a:root", " b:child", " d:child"]));

  it("opens only what hides the selected span", () => {
    const tree = buildTree(spans);
    expect([...reveal(tree, new Set(["a", "b", "d"]), "c")]).toEqual(["d"]);
    const untouched = new Set(["b"]);
    expect(reveal(tree, untouched, "d")).toBe(untouched);
  });
});
