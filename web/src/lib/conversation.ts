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
 * its lane, then its answer; tools and retrievals stand where they ran. Where no model call has messages, what agents
 * were asked and said is told instead. Loops are told once, but for those whose first call is in open.
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
  if (!items.some((i) => i.message)) items.push(...withoutModels(tree));
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
  for (const m of span.output ?? []) put("output", node.offset + Math.max(0, node.duration ?? 0), bareCalls(m, ran));
  return items;
}

/** The arguments of calls whose tools have a span of their own are told there. */
function bareCalls(message: Message, ran: ReadonlySet<string>): Message {
  if (!message.parts.some((p) => p.type === "tool_call" && ran.has(p.id ?? ""))) return message;
  return { ...message, parts: message.parts.map((p) => (p.type === "tool_call" && ran.has(p.id ?? "") ? { type: p.type, id: p.id, name: p.name } : p)) };
}

/** Results of tools that have a span of their own are told there. */
function isToldByTool(message: Message, ran: ReadonlySet<string>): boolean {
  return message.parts.length > 0 && message.parts.every((p) => p.type === "tool_result" && ran.has(p.id ?? ""));
}

/** What was asked at the top, and what the innermost spans, or else those at the top, said. */
function withoutModels(tree: Tree<Span>): Item[] {
  const inner = [...tree.byId.values()].filter((n) => n.parent && n.children.length === 0 && !steps.has(n.span.kind)).flatMap((n) => own(n, "output"));
  return [...tree.roots.flatMap((r) => own(r, "input")), ...(inner.length > 0 ? inner : tree.roots.flatMap((r) => own(r, "output")))];
}

function own(node: Node<Span>, as: "input" | "output"): Item[] {
  const at = as === "input" ? node.offset : node.offset + Math.max(0, node.duration ?? 0);
  const messages = (as === "input" ? node.span.input : node.span.output) ?? [];
  return messages.filter((m) => !isSystem(m)).map((message, i) => ({ key: `${node.span.span_id} ${as} ${i}`, node, lane: undefined, at, as, message }));
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
