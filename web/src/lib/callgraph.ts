import type { Span } from "../api/types";
import type { Node, Tree } from "./tree";

/** An agent, model, tool or search of the trace with all its spans. */
export interface Actor {
  id: string;
  kind: string;
  name: string;
  /** Its spans in order of start. */
  spans: string[];
  errors: number;
  soft: number;
  /** Milliseconds of all its spans together. */
  ms: number;
}

/** Who called whom, and how often. */
export interface Call {
  id: string;
  from: string;
  to: string;
  times: number;
  errors: number;
  /** Not a call: one agent went on after the other. */
  after: boolean;
}

export interface CallGraph {
  actors: Actor[];
  calls: Call[];
  /** Which actor a span belongs to; spans that are no actor belong to the one above them. */
  of: Map<string, string>;
}

const shown = new Set(["agent", "workflow", "llm", "tool", "retrieval", "rerank", "embedding", "guardrail", "evaluation"]);

/** More actors than these are too many to look at; the rarest of a kind are then drawn as one. */
const mostActors = 60;

/** Draws spans of one kind and name together. Spans of other kinds are passed through; roots always show. */
export function callGraph(tree: Tree<Span>): CallGraph {
  const actors = new Map<string, Actor>();
  const calls = new Map<string, Call>();
  const of = new Map<string, string>();
  const names = commonest(tree);
  const order: Node<Span>[] = [...tree.roots];
  for (let i = 0; i < order.length; i++) {
    const node = order[i]!;
    for (const child of node.children) order.push(child);
    const { span } = node;
    const above = node.parent ? of.get(node.parent.span.span_id) : undefined;
    if (node.parent && !shown.has(span.kind)) {
      of.set(span.span_id, above!);
      continue;
    }
    const own = idOf(span);
    const id = names.has(own) ? own : `${span.kind} …`;
    of.set(span.span_id, id);
    let actor = actors.get(id);
    if (!actor) actors.set(id, (actor = { id, kind: span.kind, name: id === own ? nameOf(span) : `other ${span.kind} spans`, spans: [], errors: 0, soft: 0, ms: 0 }));
    actor.spans.push(span.span_id);
    actor.ms += Math.max(0, node.duration ?? 0);
    if (node.wrong === "error") actor.errors++;
    else if (node.wrong) actor.soft++;
    if (above) count(calls, above, id, node.wrong === "error", false);
  }
  for (const node of order) handOffs(node.children, calls, of);
  handOffs(tree.roots, calls, of);
  for (const actor of actors.values()) {
    actor.spans.sort((a, b) => (tree.byId.get(a)?.offset ?? 0) - (tree.byId.get(b)?.offset ?? 0));
  }
  return { actors: [...actors.values()], calls: [...calls.values()], of };
}

function count(calls: Map<string, Call>, from: string, to: string, failed: boolean, after: boolean): void {
  const id = `${after ? "then" : "call"} ${from} → ${to}`;
  let call = calls.get(id);
  if (!call) calls.set(id, (call = { id, from, to, times: 0, errors: 0, after }));
  call.times++;
  if (failed) call.errors++;
}

/** Agents below one parent that ran one after the other. */
function handOffs(children: readonly Node<Span>[], calls: Map<string, Call>, of: Map<string, string>): void {
  let last: Node<Span> | undefined;
  for (const node of children) {
    if (node.span.kind !== "agent") continue;
    const from = last && of.get(last.span.span_id);
    const to = of.get(node.span.span_id)!;
    const later = last && last.duration !== undefined && node.offset >= last.offset + last.duration;
    if (from && later && from !== to) count(calls, from, to, false, true);
    last = node;
  }
}

function idOf(span: Span): string {
  return `${span.kind} ${nameOf(span)}`;
}

function nameOf(span: Span): string {
  switch (span.kind) {
    case "agent":
      return span.agent?.name || span.name;
    case "llm":
    case "embedding":
    case "rerank":
      return span.model?.used || span.model?.requested || span.name;
    case "tool":
      return span.tool?.name || span.name;
    default:
      return span.name;
  }
}

function commonest(tree: Tree<Span>): Set<string> {
  const times = new Map<string, number>();
  for (const { span, parent } of tree.byId.values()) {
    if (parent && !shown.has(span.kind)) continue;
    times.set(idOf(span), (times.get(idOf(span)) ?? 0) + 1);
  }
  const ids = [...times].toSorted((a, b) => b[1] - a[1]).slice(0, mostActors);
  return new Set(ids.map(([id]) => id));
}
