import type { Message, Span } from "../api/types";
import { isSystem, newsSince, previousCall, type Lane, type Lanes } from "./lanes";
import type { Node, Tree } from "./tree";

/** One thing that was said or done. */
export interface Item {
  key: string;
  node: Node<Span>;
  lane: Lane | undefined;
  /** Milliseconds after the trace's start. */
  at: number;
  as: "system" | "input" | "output" | "step";
  /** What was said; absent on a step. */
  message?: Message;
  /** On a system message that was changed: the text before. */
  before?: string;
  /** On the first of repeated calls that are folded: how many there are. */
  times?: number;
}

/** Spans that a conversation shows as steps: what agents did besides asking models. */
const steps = new Set(["tool", "retrieval", "rerank", "guardrail", "evaluation"]);

/**
 * The trace as one conversation in order of time: each model call brings only what is new since the call before it in
 * its lane, then its answer; tools and retrievals stand where they ran. Where no model call has messages, those of the
 * outermost spans are told instead. Loops are told once, but for those whose first call is in open.
 */
export function conversation(tree: Tree<Span>, lanes: Lanes, open: ReadonlySet<string> = new Set()): Item[] {
  const nodes = [...tree.byId.values()];
  const ran = new Set(nodes.flatMap(({ span }) => (span.tool?.call_id ? [span.tool.call_id] : [])));
  const items: Item[] = [];
  for (const node of nodes) {
    const { span } = node;
    const folded = isFolded(node, open);
    if (span.kind === "llm") items.push(...told(node, lanes, ran).filter((i) => !folded || i.before !== undefined));
    else if (!folded && (steps.has(span.kind) || (node.wrong && node.children.length === 0))) {
      const times = node.loop && !open.has(span.span_id) ? node.loop.calls : undefined;
      items.push({ key: span.span_id, node, lane: laneAbove(node, lanes), at: node.offset, as: "step", times });
    }
  }
  if (!items.some((i) => i.message)) items.push(...tree.roots.flatMap((root) => outermost(root)));
  return items.toSorted((a, b) => a.at - b.at || order(a) - order(b));
}

/** Whether a loop hides the span, itself or above it. */
function isFolded(node: Node<Span>, open: ReadonlySet<string>): boolean {
  for (let at: Node<Span> | undefined = node; at; at = at.parent) {
    if (at.lead && !open.has(at.lead.span.span_id)) return true;
  }
  return false;
}

const ranks = { system: 1, input: 2, step: 3, output: 4 };

/** At one and the same moment an answer ends before something else begins. */
function order(item: Item): number {
  return item.as === "output" && item.at > item.node.offset ? 0 : ranks[item.as];
}

function told(node: Node<Span>, lanes: Lanes, ran: ReadonlySet<string>): Item[] {
  const { span } = node;
  const lane = lanes.of.get(span.span_id);
  const before = previousCall(lanes, node);
  const news = newsSince(before?.span, span.input ?? []);
  const items: Item[] = [];
  const put = (as: Item["as"], at: number, message: Message, systemBefore?: string) =>
    items.push({ key: `${span.span_id} ${items.length}`, node, lane, at, as, message, before: systemBefore });
  if (news.system !== undefined && (!before || news.system !== news.systemBefore)) {
    const message = { role: "system", parts: [{ type: "text", text: news.system }] } satisfies Message;
    put("system", node.offset, message, before ? news.systemBefore : undefined);
  }
  news.fresh.forEach((m, i) => {
    const repeated = i === 0 && m.role === "assistant" && (before?.span.output?.length ?? 0) > 0;
    if (!repeated && !isToldByTool(m, ran)) put("input", node.offset, m);
  });
  for (const m of span.output ?? []) put("output", node.offset + Math.max(0, node.duration ?? 0), m);
  return items;
}

/** Results of tools that have a span of their own are told there. */
function isToldByTool(message: Message, ran: ReadonlySet<string>): boolean {
  return message.parts.length > 0 && message.parts.every((p) => p.type === "tool_result" && ran.has(p.id ?? ""));
}

function outermost(node: Node<Span>): Item[] {
  const { span } = node;
  const say = (as: "input" | "output", at: number, messages: readonly Message[]) =>
    messages.filter((m) => !isSystem(m)).map((message, i) => ({ key: `${span.span_id} ${as} ${i}`, node, lane: undefined, at, as, message }));
  return [
    ...say("input", node.offset, span.input ?? []),
    ...say("output", node.offset + Math.max(0, node.duration ?? 0), span.output ?? []),
  ];
}

/** The lane that a step belongs to: of the calls of the agent above it, or of the root's. */
function laneAbove(node: Node<Span>, lanes: Lanes): Lane | undefined {
  for (let at = node.parent; at; at = at.parent) {
    const id = at.span.span_id;
    const lane = lanes.all.find((l) => l.id === id || (!at.parent && l.id.startsWith(`${id} `)));
    if (lane) return lane;
  }
  return undefined;
}
