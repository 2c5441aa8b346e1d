import { between } from "./time";

/** The part of a span that the tree needs. */
export interface TreeSpan {
  span_id: string;
  parent_id?: string;
  start: string;
  end: string | null;
  status: { code: string };
}

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
  /** Spans below it, and how many of those failed. */
  below: number;
  errorsBelow: number;
  /** Milliseconds after the start of the trace. */
  offset: number;
  /** Milliseconds; undefined while unfinished. */
  duration: number | undefined;
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
  const start = earliest(spans);
  let length = 0;
  for (const span of spans) {
    const offset = between(start, span.start) ?? 0;
    const duration = between(span.start, span.end);
    const node: Node<S> = {
      span, place: "child", depth: 0, children: [], parent: undefined, below: 0, errorsBelow: 0, offset, duration,
    };
    if (!byId.has(span.span_id)) byId.set(span.span_id, node);
    nodes.push(node);
    length = Math.max(length, offset + Math.max(0, duration ?? 0));
  }
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
  const order = (a: Node<S>, b: Node<S>) => a.offset - b.offset;
  for (const node of nodes) node.children.sort(order);
  roots.sort((a, b) => rank(a) - rank(b) || order(a, b));
  measure(roots);
  return { roots, byId, start, length };
}

function rank(node: Node<TreeSpan>): number {
  return node.place === "root" ? 0 : 1;
}

function earliest(spans: readonly TreeSpan[]): string {
  let first = spans[0]?.start ?? "";
  for (const s of spans) {
    if ((between(first, s.start) ?? 0) < 0) first = s.start;
  }
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
      stack.push(...node.children);
    }
  };
  roots.forEach(reach);
  if (reached.size === nodes.length) return;
  const rest = nodes.filter((n) => !reached.has(n)).toSorted((a, b) => a.offset - b.offset);
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
    const { parent, below, errorsBelow, span } = order[i]!;
    if (!parent) continue;
    parent.below += below + 1;
    parent.errorsBelow += errorsBelow + (span.status.code === "error" ? 1 : 0);
  }
}

/** The rows that show while the spans in closed are folded, in reading order. */
export function visibleRows<S extends TreeSpan>(tree: Tree<S>, closed: ReadonlySet<string>): Node<S>[] {
  const rows: Node<S>[] = [];
  const stack = tree.roots.toReversed();
  for (let node = stack.pop(); node; node = stack.pop()) {
    rows.push(node);
    if (closed.has(node.span.span_id)) continue;
    for (let i = node.children.length - 1; i >= 0; i--) stack.push(node.children[i]!);
  }
  return rows;
}

/** Opens whatever hides a span. Answers the same set where nothing did. */
export function reveal<S extends TreeSpan>(tree: Tree<S>, closed: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const open: string[] = [];
  for (let node = tree.byId.get(id)?.parent; node; node = node.parent) {
    if (closed.has(node.span.span_id)) open.push(node.span.span_id);
  }
  if (open.length === 0) return closed;
  const next = new Set(closed);
  for (const span of open) next.delete(span);
  return next;
}
