import { instant, since, type Instant } from "./time";

/** The part of a span that the tree needs. */
export interface TreeSpan {
  span_id: string;
  parent_id?: string;
  kind?: string;
  start: string;
  end: string | null;
  status: { code: string };
  problems?: readonly { code: string }[];
  /** The calls that were made again and again; group is the first of them. */
  repeat?: { group: string; n: number };
}

/** How a span went wrong: it failed by its own status, or softly, though its status does not say so. */
export type Wrong = "error" | "soft";

/**
 * One span in its place. A root is what it should be; an orphan names a parent that never came; a cycle's earliest span
 * stands at the top, because its parents lead back to itself. Nothing is left out.
 */
export interface Node<S extends TreeSpan> {
  span: S;
  place: "root" | "child" | "orphan" | "cycle";
  depth: number;
  children: Node<S>[];
  parent: Node<S> | undefined;
  wrong: Wrong | undefined;
  /** Spans below it, how many of those failed, and how many of the others went wrong softly. */
  below: number;
  errorsBelow: number;
  softBelow: number;
  /** Milliseconds after the start of the trace. */
  offset: number;
  /** Milliseconds; undefined while unfinished. */
  duration: number | undefined;
  /** On the first of repeated calls that follow each other below one parent: what can be folded into it. */
  loop: Loop<S> | undefined;
  /** On what a loop folds away: its first call. */
  lead: Node<S> | undefined;
}

/** The same call again and again: its later calls, and the model calls that stand singly between them. */
export interface Loop<S extends TreeSpan> {
  calls: number;
  folded: Node<S>[];
}

export interface Tree<S extends TreeSpan> {
  roots: Node<S>[];
  byId: Map<string, Node<S>>;
  /** First start, and milliseconds from it to the last end (or last start, where nothing has ended). */
  start: string;
  length: number;
}

/** Builds the tree without recursion: a trace may hold 30,000 spans in one chain. */
export function buildTree<S extends TreeSpan>(spans: readonly S[]): Tree<S> {
  const byId = new Map<string, Node<S>>();
  const nodes: Node<S>[] = [];
  const starts = spans.map((s) => instant(s.start));
  const first = earliest(starts);
  const zero = first < 0 ? undefined : starts[first];
  let length = 0;
  spans.forEach((span, i) => {
    const start = starts[i];
    const end = instant(span.end);
    const offset = zero && start ? since(zero, start) : 0;
    const duration = start && end ? since(start, end) : undefined;
    const node: Node<S> = {
      span, place: "child", depth: 0, children: [], parent: undefined, wrong: wrongness(span), below: 0, errorsBelow: 0,
      softBelow: 0, offset, duration, loop: undefined, lead: undefined,
    };
    if (!byId.has(span.span_id)) byId.set(span.span_id, node);
    nodes.push(node);
    length = Math.max(length, offset + Math.max(0, duration ?? 0));
  });
  const roots: Node<S>[] = [];
  for (const node of nodes) {
    const parent = node.span.parent_id ? byId.get(node.span.parent_id) : undefined;
    if (parent) {
      node.parent = parent;
      parent.children.push(node);
      continue;
    }
    node.place = node.span.parent_id ? "orphan" : "root";
    roots.push(node);
  }
  breakCycles(nodes, roots);
  for (const node of nodes) {
    if (node.children.length > 1) node.children.sort(byStart);
    findLoops(node.children);
  }
  roots.sort((a, b) => rank(a) - rank(b) || byStart(a, b));
  measure(roots);
  return { roots, byId, start: first < 0 ? "" : spans[first]!.start, length };
}

function wrongness(span: TreeSpan): Wrong | undefined {
  if (span.status.code === "error") return "error";
  return span.problems && span.problems.length > 0 ? "soft" : undefined;
}

function byStart(a: Node<TreeSpan>, b: Node<TreeSpan>): number {
  return a.offset - b.offset;
}

function rank(node: Node<TreeSpan>): number {
  return node.place === "root" ? 0 : 1;
}

function earliest(starts: (Instant | undefined)[]): number {
  let first = -1;
  starts.forEach((start, i) => {
    const best = starts[first];
    if (start && (!best || since(best, start) < 0)) first = i;
  });
  return first;
}

/** Spans that no root reaches hang in cycles; each cycle is cut above its earliest span. */
function breakCycles<S extends TreeSpan>(nodes: Node<S>[], roots: Node<S>[]): void {
  const reached = new Set<Node<S>>();
  const reach = (from: Node<S>) => {
    const stack = [from];
    for (let node = stack.pop(); node; node = stack.pop()) {
      if (reached.has(node)) continue;
      reached.add(node);
      for (const child of node.children) stack.push(child);
    }
  };
  roots.forEach(reach);
  if (reached.size === nodes.length) return;
  const rest = nodes.filter((n) => !reached.has(n)).toSorted(byStart);
  for (const node of rest) {
    if (reached.has(node)) continue;
    const cut = onCycle(node);
    if (cut.parent) cut.parent.children = cut.parent.children.filter((c) => c !== cut);
    cut.parent = undefined;
    cut.place = "cycle";
    roots.push(cut);
    reach(cut);
  }
}

/** The earliest span of the cycle that node's parents lead into. */
function onCycle<S extends TreeSpan>(node: Node<S>): Node<S> {
  const seen = new Set<Node<S>>();
  let at: Node<S> = node;
  while (!seen.has(at) && at.parent) {
    seen.add(at);
    at = at.parent;
  }
  let first = at;
  for (let n = at.parent; n && n !== at; n = n.parent) {
    if (n.offset < first.offset) first = n;
  }
  return first;
}

/** A loop folds from so many calls on. */
const leastCalls = 3;

/**
 * Marks repeated calls that follow each other among the children of one span. An agent that tries again and again asks
 * its model in between: a model call that stands alone between two of the calls is folded with them.
 */
function findLoops<S extends TreeSpan>(children: Node<S>[]): void {
  for (let i = 0; i < children.length; i++) {
    const lead = children[i]!;
    const group = lead.span.repeat?.group;
    if (!group) continue;
    const again = (k: number) => children[k]?.span.repeat?.group === group;
    let last = i;
    let calls = 1;
    for (;;) {
      const next = again(last + 1) ? last + 1 : again(last + 2) && children[last + 1]!.span.kind === "llm" ? last + 2 : last;
      if (next === last) break;
      last = next;
      calls++;
    }
    if (calls >= leastCalls) {
      const folded = children.slice(i + 1, last + 1);
      for (const node of folded) node.lead = lead;
      lead.loop = { calls, folded };
    }
    i = last;
  }
}

/** Depths from the top down, sums from the bottom up. */
function measure<S extends TreeSpan>(roots: Node<S>[]): void {
  const order: Node<S>[] = [...roots];
  for (let i = 0; i < order.length; i++) {
    const node = order[i]!;
    for (const child of node.children) {
      child.depth = node.depth + 1;
      order.push(child);
    }
  }
  for (let i = order.length - 1; i >= 0; i--) {
    const { parent, below, errorsBelow, softBelow, wrong } = order[i]!;
    if (!parent) continue;
    parent.below += below + 1;
    parent.errorsBelow += errorsBelow + (wrong === "error" ? 1 : 0);
    parent.softBelow += softBelow + (wrong === "soft" ? 1 : 0);
  }
}

/** What is folded: the parents in closed, and every loop whose first call is not in open. */
export interface Folds {
  closed: ReadonlySet<string>;
  open: ReadonlySet<string>;
}

export const nothingFolded: Folds = { closed: new Set(), open: new Set() };

/** Traces up to this size start unfolded; larger ones show the first level and the path to what is selected. */
const smallTrace = 300;

/** How a trace starts. */
export function startFolds(tree: Tree<TreeSpan>): Folds {
  return tree.byId.size <= smallTrace ? nothingFolded : { ...foldAll(tree), open: new Set() };
}

/** Everything folded but the roots. */
export function foldAll(tree: Tree<TreeSpan>): Folds {
  const closed = new Set<string>();
  for (const node of tree.byId.values()) if (node.parent && node.children.length > 0) closed.add(node.span.span_id);
  return { closed, open: new Set() };
}

/** Everything unfolded, loops too. */
export function unfoldAll(tree: Tree<TreeSpan>): Folds {
  const open = new Set<string>();
  for (const node of tree.byId.values()) if (node.loop) open.add(node.span.span_id);
  return { closed: new Set(), open };
}

/** The rows that show, in reading order. */
export function visibleRows<S extends TreeSpan>(tree: Tree<S>, folds: Folds): Node<S>[] {
  const rows: Node<S>[] = [];
  const stack = tree.roots.toReversed();
  for (let node = stack.pop(); node; node = stack.pop()) {
    rows.push(node);
    if (folds.closed.has(node.span.span_id)) continue;
    for (let i = node.children.length - 1; i >= 0; i--) {
      const child = node.children[i]!;
      if (!child.lead || folds.open.has(child.lead.span.span_id)) stack.push(child);
    }
  }
  return rows;
}

/** Opens whatever hides a span. Answers the same folds where nothing did. */
export function reveal<S extends TreeSpan>(tree: Tree<S>, folds: Folds, id: string): Folds {
  const unfold: string[] = [];
  const open: string[] = [];
  for (let node = tree.byId.get(id), self = true; node; node = node.parent, self = false) {
    if (!self && folds.closed.has(node.span.span_id)) unfold.push(node.span.span_id);
    const lead = node.lead?.span.span_id;
    if (lead && !folds.open.has(lead)) open.push(lead);
  }
  if (unfold.length + open.length === 0) return folds;
  const closed = unfold.length > 0 ? new Set(folds.closed) : folds.closed;
  for (const span of unfold) (closed as Set<string>).delete(span);
  return { closed, open: open.length > 0 ? new Set([...folds.open, ...open]) : folds.open };
}

/** What is wrong in the spans that a row hides while it is folded. */
export function hiddenWrong(node: Node<TreeSpan>, folds: Folds): { errors: number; soft: number; spans: number } {
  const sum = { errors: 0, soft: 0, spans: 0 };
  if (node.children.length > 0 && folds.closed.has(node.span.span_id)) {
    sum.errors += node.errorsBelow;
    sum.soft += node.softBelow;
    sum.spans += node.below;
  }
  if (node.loop && !folds.open.has(node.span.span_id)) {
    for (const f of node.loop.folded) {
      sum.errors += f.errorsBelow + (f.wrong === "error" ? 1 : 0);
      sum.soft += f.softBelow + (f.wrong === "soft" ? 1 : 0);
      sum.spans += f.below + 1;
    }
  }
  return sum;
}

/** Whether one span stands above another. */
export function isAbove(node: Node<TreeSpan>, other: Node<TreeSpan> | undefined): boolean {
  for (let at = other?.parent; at; at = at.parent) if (at === node) return true;
  return false;
}

/**
 * The spans that went wrong, in the order in which to look at them: first what went wrong by itself, by time; then the
 * spans that failed because one below them did, the innermost first. Of repeated calls that went wrong in the same way
 * only the first is a stop.
 */
export function problemOrder<S extends TreeSpan>(tree: Tree<S>): Node<S>[] {
  const causes: Node<S>[] = [];
  const echoes: Node<S>[] = [];
  for (const node of tree.byId.values()) {
    if (!node.wrong) continue;
    const echo = node.wrong === "error" && node.errorsBelow > 0 && (node.span.problems?.length ?? 0) === 0;
    (echo ? echoes : causes).push(node);
  }
  causes.sort(byStart);
  return [...firstOfRepeats(causes), ...echoes.toSorted((a, b) => b.depth - a.depth || byStart(a, b))];
}

function firstOfRepeats<S extends TreeSpan>(nodes: Node<S>[]): Node<S>[] {
  const seen = new Set<string>();
  return nodes.filter(({ span, wrong }) => {
    if (!span.repeat) return true;
    const way = [span.repeat.group, wrong, ...(span.problems ?? []).map((p) => p.code)].join(" ");
    if (seen.has(way)) return false;
    seen.add(way);
    return true;
  });
}
