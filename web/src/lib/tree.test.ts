import { describe, expect, it } from "vitest";
import { noteFold, readFolds } from "./folds";
import { buildTree, foldAll, hiddenWrong, nothingFolded, problemOrder, reveal, startFolds, unfoldAll, visibleRows, type TreeSpan } from "./tree";

const t0 = Date.parse("2026-01-01T00:00:00Z");

const time = (offset: number) => new Date(t0 + offset).toISOString();

function span(id: string, parent = "", at = 0, ms: number | null = 10, code = "ok"): TreeSpan {
  return { span_id: id, parent_id: parent, start: time(at), end: ms === null ? null : time(at + ms), status: { code } };
}

const order = (spans: TreeSpan[]) => problemOrder(buildTree(spans)).map((n) => n.span.span_id);

const names = (spans: TreeSpan[], closed: string[] = []) =>
  visibleRows(buildTree(spans), { closed: new Set(closed), open: new Set() }).map((n) => `${" ".repeat(n.depth)}${n.span.span_id}:${n.place}`);

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

const spent = (since: NodeJS.CpuUsage) => process.cpuUsage(since).user / 1000;

describe("30,000 spans", () => {
  const limit = 1500; // milliseconds of the processor; it takes about a tenth of that

  it("in one chain", () => {
    const chain = Array.from({ length: 30_000 }, (_, i) => span(`s${i}`, i === 0 ? "" : `s${i - 1}`, i));
    const begun = process.cpuUsage();
    const tree = buildTree(chain.toReversed());
    const rows = visibleRows(tree, nothingFolded);
    expect(spent(begun)).toBeLessThan(limit);
    expect(rows).toHaveLength(30_000);
    expect(rows.at(-1)?.depth).toBe(29_999);
    expect(rows[0]?.below).toBe(29_999);
  });

  it("below one root", () => {
    const wide = Array.from({ length: 30_000 }, (_, i) => span(`s${i}`, i === 0 ? "" : "s0", 30_000 - i));
    const begun = process.cpuUsage();
    const rows = visibleRows(buildTree(wide), nothingFolded);
    expect(spent(begun)).toBeLessThan(limit);
    expect(rows).toHaveLength(30_000);
  });

  it("in one cycle", () => {
    const ring = Array.from({ length: 30_000 }, (_, i) => span(`s${i}`, `s${(i + 29_999) % 30_000}`, i));
    const rows = visibleRows(buildTree(ring), nothingFolded);
    expect(rows).toHaveLength(30_000);
    expect(rows[0]?.place).toBe("cycle");
  });
});

describe("folding", () => {
  const spans = [span("a"), span("b", "a", 1), span("c", "b", 2), span("d", "a", 3)];

  it("hides what is below", () => expect(names(spans, ["b"])).toEqual(["a:root", " b:child", " d:child"]));

  it("opens only what hides the selected span", () => {
    const tree = buildTree(spans);
    expect([...reveal(tree, { closed: new Set(["a", "b", "d"]), open: new Set() }, "c").closed]).toEqual(["d"]);
    const untouched = { closed: new Set(["b"]), open: new Set<string>() };
    expect(reveal(tree, untouched, "d")).toBe(untouched);
  });

  it("starts unfolded, but for a large trace, which shows its first level", () => {
    expect(startFolds(buildTree(spans))).toBe(nothingFolded);
    const large = Array.from({ length: 400 }, (_, i) => span(`s${i}`, i === 0 ? "" : i % 2 ? "s0" : `s${i - 1}`, i));
    const tree = buildTree(large);
    expect(visibleRows(tree, startFolds(tree))).toHaveLength(201);
    expect(visibleRows(tree, unfoldAll(tree))).toHaveLength(400);
  });

  it("go into a link and come back, from every start", () => {
    const tree = buildTree(spans);
    const rows = (text: string | undefined) => visibleRows(tree, readFolds(tree, text)).map((n) => n.span.span_id).join("");
    expect(rows(undefined)).toBe("abcd");
    expect(rows(noteFold(undefined, "b", true))).toBe("abd");
    expect(rows(noteFold("~b", "b", false))).toBe("abcd");
    expect(rows("all")).toBe("abd");
    expect(rows(noteFold("all", "b", false))).toBe("abcd");
    expect(noteFold("all,~x,y", "x", false)).toBe("all,y,x");
    expect(rows("none,~b,~not-here")).toBe("abd");
    let long: string | undefined;
    for (let i = 0; i < 100; i++) long = noteFold(long ?? "none", `s${i}`, true);
    expect(long!.split(",")).toHaveLength(41);
  });

  it("counts what failed and what went wrong softly in what is folded", () => {
    const tree = buildTree([span("a"), span("b", "a"), { ...span("c", "b", 1, 1, "error"), problems: [{ code: "cut" }] }, { ...span("d", "b"), problems: [{ code: "tool_error" }] }]);
    const b = tree.byId.get("b")!;
    expect(hiddenWrong(b, foldAll(tree))).toEqual({ errors: 1, soft: 1, spans: 2 });
    expect(hiddenWrong(b, nothingFolded).spans).toBe(0);
  });
});

describe("repeated calls", () => {
  const again = (id: string, at: number, more: Partial<TreeSpan> = {}): TreeSpan =>
    ({ ...span(id, "a", at), kind: "tool", repeat: { group: "t1", n: 4 }, problems: [{ code: "repeated" }], ...more });
  const ask = (id: string, at: number): TreeSpan => ({ ...span(id, "a", at), kind: "llm" });
  const loop = [span("a", "", 0, 100), ask("m1", 1), again("t1", 2), ask("m2", 3), again("t2", 4), ask("m3", 5), again("t3", 6), again("t4", 7), ask("m5", 8)];

  it("fold into the first, with the model calls between them, and no other", () => {
    expect(names(loop)).toEqual(["a:root", " m1:child", " t1:child", " m5:child"]);
    const tree = buildTree(loop);
    expect(tree.byId.get("t1")?.loop?.calls).toBe(4);
    expect(hiddenWrong(tree.byId.get("t1")!, nothingFolded)).toEqual({ errors: 0, soft: 3, spans: 5 });
    expect(visibleRows(tree, unfoldAll(tree))).toHaveLength(loop.length);
    expect([...reveal(tree, nothingFolded, "t3").open]).toEqual(["t1"]);
  });

  it("stay in their places where other work lies between them", () => {
    const other = loop.map((s) => (s.span_id === "m3" ? { ...s, kind: "tool" } : s));
    expect(names(other)).toEqual(["a:root", " m1:child", " t1:child", " m2:child", " t2:child", " m3:child", " t3:child", " t4:child", " m5:child"]);
  });

  it("stay apart below different parents, and below three", () => {
    expect(names(loop.filter((s) => !["t3", "t4"].includes(s.span_id)))).toContain(" t2:child");
  });
});

describe("the order of problems", () => {
  it("has causes by time first, then what failed because of them, from the inside", () =>
    expect(order([
      span("root", "", 0, 100, "error"), span("agent", "root", 1, 90, "error"), span("tool", "agent", 50, 1, "error"),
      { ...span("search", "agent", 20), problems: [{ code: "empty_retrieval" }] }, span("fine", "agent", 5),
    ])).toEqual(["search", "tool", "agent", "root"]));

  it("counts a parent with a problem of its own among the causes", () =>
    expect(order([{ ...span("root", "", 0, 9, "error"), problems: [{ code: "cut" }] }, span("leaf", "root", 1, 1, "error")])).toEqual(["root", "leaf"]));

  it("stops once at calls that went wrong in the same way", () => {
    const call = (id: string, at: number, code: string, status = "ok"): TreeSpan => ({ ...span(id, "r", at, 1, status), repeat: { group: "x", n: 4 }, problems: [{ code }] });
    expect(order([span("r"), call("x", 1, "repeated"), call("y", 2, "repeated"), call("z", 3, "tool_error"), call("w", 4, "tool_error")])).toEqual(["x", "z"]);
  });
});
