import type { Span, TraceDetail } from "../../api/types";
import { buildLanes, type Lanes } from "../../lib/lanes";
import { criticalPath, type Stretch } from "../../lib/timeline";
import { subtotals, type Subtotal } from "../../lib/totals";
import { buildTree, problemOrder, type Node, type Tree } from "../../lib/tree";

/** A trace with what the views derive from it; the parts that not every view needs are made when first asked for. */
export interface TraceModel {
  trace: TraceDetail;
  tree: Tree<Span>;
  /** The spans that went wrong, in the order in which to look at them. */
  problems: Node<Span>[];
  /** Where the reader starts: the earliest problem, else the root. */
  first: Node<Span> | undefined;
  lanes: () => Lanes;
  totals: () => Map<string, Subtotal>;
  critical: () => Map<string, Stretch[]>;
}

export function modelOf(trace: TraceDetail): TraceModel {
  const tree = buildTree(trace.spans);
  const problems = problemOrder(tree);
  const named = trace.first_problem ? tree.byId.get(trace.first_problem) : undefined;
  return {
    trace,
    tree,
    problems,
    first: named ?? problems[0] ?? tree.byId.get(trace.root_span_id) ?? tree.roots[0],
    lanes: once(() => buildLanes(tree)),
    totals: once(() => subtotals(tree)),
    critical: once(() => criticalPath(tree)),
  };
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
