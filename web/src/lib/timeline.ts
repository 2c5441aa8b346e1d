import type { Node, Tree, TreeSpan } from "./tree";

/** A stretch of time in milliseconds after the trace's start. */
export interface Stretch {
  from: number;
  to: number;
}

/** When a span ended; one that has not ended reaches to the end of what is known. */
export function endOf(node: Node<TreeSpan>, length: number): number {
  return node.duration === undefined ? Math.max(length, node.offset) : node.offset + Math.max(0, node.duration);
}

/**
 * The critical path: what the trace waited for at every moment, going back from the end of its longest root. A span is
 * on it with the stretches in which none of its children was waited for. Shortening anything else does not end the
 * trace sooner.
 */
export function criticalPath(tree: Tree<TreeSpan>): Map<string, Stretch[]> {
  const path = new Map<string, Stretch[]>();
  let last: Node<TreeSpan> | undefined;
  for (const root of tree.roots) if (!last || endOf(root, tree.length) > endOf(last, tree.length)) last = root;
  if (!last) return path;
  const note = (node: Node<TreeSpan>, from: number, to: number) => {
    const stretches = path.get(node.span.span_id) ?? [];
    if (to > from) stretches.push({ from, to });
    path.set(node.span.span_id, stretches);
  };
  const open = (node: Node<TreeSpan>, end: number) => ({
    node, end, at: end, next: 0,
    children: node.children.toSorted((a, b) => endOf(b, tree.length) - endOf(a, tree.length)),
  });
  const stack = [open(last, endOf(last, tree.length))];
  for (let frame = stack.at(-1); frame; frame = stack.at(-1)) {
    const child = frame.children[frame.next++];
    if (!child) {
      note(frame.node, frame.node.offset, frame.at);
      stack.pop();
      continue;
    }
    const end = Math.min(endOf(child, tree.length), frame.end);
    if (end > frame.at || child.offset >= frame.at || child.offset < frame.node.offset) continue;
    note(frame.node, end, frame.at);
    frame.at = child.offset;
    stack.push(open(child, end));
  }
  return path;
}

/** The stretches of a span in which none of its children ran: its own work, or a gap that nothing explains. */
export function ownTime(node: Node<TreeSpan>, length: number): Stretch[] {
  const end = endOf(node, length);
  const gaps: Stretch[] = [];
  let at = node.offset;
  for (const child of node.children) { // in order of start
    if (child.offset > at) gaps.push({ from: at, to: Math.min(child.offset, end) });
    at = Math.max(at, endOf(child, length));
    if (at >= end) return gaps;
  }
  gaps.push({ from: at, to: end });
  return gaps;
}

export function total(stretches: readonly Stretch[]): number {
  return stretches.reduce((sum, s) => sum + (s.to - s.from), 0);
}

/** Round times for the axis: at most so many, first at the window's begin. */
export function ticks(window: Stretch, most: number): number[] {
  const length = window.to - window.from;
  if (!(length > 0) || most < 1) return [window.from];
  const rough = length / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough) ?? rough;
  const out: number[] = [];
  for (let i = 0; i * step < length * 0.999; i++) out.push(i * step);
  return out;
}
