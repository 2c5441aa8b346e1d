import type { Message, Span } from "../api/types";
import type { Node, Tree } from "./tree";

/** The model calls of one agent's run, one after the other: a thread of conversation. */
export interface Lane {
  id: string;
  /** The agent's name, or the name of the span that the calls belong to. */
  name: string;
  calls: Node<Span>[];
}

export interface Lanes {
  all: Lane[];
  /** The lane of a model call. */
  of: Map<string, Lane>;
}

/** Model calls belong to the agent's run above them; where no agent is named, to the trace's root. */
export function buildLanes(tree: Tree<Span>): Lanes {
  const homes = new Map<Node<Span>, Node<Span>>();
  const lanes = new Map<string, Lane>();
  const of = new Map<string, Lane>();
  const order: Node<Span>[] = [...tree.roots];
  for (let i = 0; i < order.length; i++) {
    const node = order[i]!;
    const above = node.parent ? homes.get(node.parent)! : node;
    homes.set(node, node.span.kind === "agent" ? node : above);
    for (const child of node.children) order.push(child);
    if (node.span.kind !== "llm") continue;
    const home = above.span;
    const agent = node.span.agent?.name ?? "";
    const id = home.kind === "agent" ? home.span_id : `${home.span_id} ${agent}`;
    let lane = lanes.get(id);
    if (!lane) lanes.set(id, (lane = { id, name: (home.kind === "agent" && home.agent?.name) || agent || home.name, calls: [] }));
    lane.calls.push(node);
    of.set(node.span.span_id, lane);
  }
  const all = [...lanes.values()];
  for (const lane of all) lane.calls.sort((a, b) => a.offset - b.offset);
  all.sort((a, b) => a.calls[0]!.offset - b.calls[0]!.offset);
  return { all, of };
}

/** How many earlier calls of a lane are asked whether this call goes on from them. */
const lookBack = 12;

/**
 * The call that a call goes on from: of the lane's calls before it, the one whose messages it repeats furthest, and of
 * equals the latest. One that repeats none goes on from the latest with the same prompt, or one much like it; another
 * prompt begins a thread of its own. Where content is not at hand, the prompt's name decides, and without names the call
 * before. Input is the call's own, where it has come apart from the node.
 */
export function previousCall(lanes: Lanes, node: Node<Span>, input: readonly Message[] | undefined = node.span.input): Node<Span> | undefined {
  const calls = lanes.of.get(node.span.span_id)?.calls ?? [];
  const place = calls.indexOf(node);
  const before = calls.slice(Math.max(0, place - lookBack), Math.max(0, place)).toReversed();
  const name = node.span.prompt?.name;
  if (!input || before[0]?.span.content === "omitted") return before.find((b) => (b.span.prompt?.name ?? "") === (name ?? ""));
  let best: Node<Span> | undefined;
  let furthest = 0;
  for (const call of before) {
    const shared = newsSince(call.span, input).older.length;
    if (shared > furthest) {
      furthest = shared;
      best = call;
    }
  }
  const system = systemText(input);
  return best ?? before.find((b) => alike(system, systemText(b.span.input ?? [])));
}

/** Prompts that share most of their words are one prompt that was changed. */
const likeness = 0.6;

function alike(a: string | undefined, b: string | undefined): boolean {
  if (a === b) return true;
  if (!a || !b) return false;
  const words = new Map<string, number>();
  const all = a.split(/\s+/);
  for (const w of all) words.set(w, (words.get(w) ?? 0) + 1);
  const others = b.split(/\s+/);
  let shared = 0;
  for (const w of others) {
    const left = words.get(w) ?? 0;
    if (left > 0) {
      shared++;
      words.set(w, left - 1);
    }
  }
  return (2 * shared) / (all.length + others.length) >= likeness;
}

export interface News {
  /** The texts of the system messages, of the call before and of this one. */
  systemBefore: string | undefined;
  system: string | undefined;
  /** Messages that the call before had already sent or received. */
  older: Message[];
  fresh: Message[];
  /** How many messages of the call before were not sent again: dropped, summed up or rewritten. */
  gone: number;
}

/** What a call's input adds to the call before it. System messages stand apart, as they are sent with every call. */
export function newsSince(before: Pick<Span, "input" | "output"> | undefined, input: readonly Message[]): News {
  const now = input.filter((m) => !isSystem(m));
  const system = systemText(input);
  if (!before) return { systemBefore: undefined, system, older: [], fresh: now, gone: 0 };
  const sent = (before.input ?? []).filter((m) => !isSystem(m));
  const known = [...sent, ...(before.output ?? [])];
  const { skipped, shared } = overlap(known.map(signature), now.map(signature));
  return {
    systemBefore: systemText(before.input ?? []),
    system,
    older: now.slice(0, shared),
    fresh: now.slice(shared),
    gone: Math.max(0, sent.length - skipped - shared) + Math.min(skipped, sent.length),
  };
}

/** How far now repeats known from its beginning, or else from a later place on: a window that slides. */
function overlap(known: string[], now: string[]): { skipped: number; shared: number } {
  const shared = commonPrefix(known, now, 0);
  if (shared > 0 || now.length === 0) return { skipped: 0, shared };
  for (let from = known.indexOf(now[0]!, 1); from > 0; from = known.indexOf(now[0]!, from + 1)) {
    const n = commonPrefix(known, now, from);
    if (from + n === known.length) return { skipped: from, shared: n };
  }
  return { skipped: 0, shared: 0 };
}

function commonPrefix(known: string[], now: string[], from: number): number {
  let n = 0;
  while (from + n < known.length && n < now.length && known[from + n] === now[n]) n++;
  return n;
}

export function isSystem(message: Message): boolean {
  return message.role === "system" || message.role === "developer";
}

/** The text of the system messages; undefined where there is none. */
export function systemText(messages: readonly Message[]): string | undefined {
  const texts = messages.filter(isSystem).map((m) => m.parts.map((p) => p.text ?? JSON.stringify(p.value ?? p)).join("\n"));
  return texts.length > 0 ? texts.join("\n\n") : undefined;
}

const signatures = new WeakMap<Message, string>();

/** Two messages with one signature say the same. Finish reasons and call ids are not part of what is said. */
function signature(message: Message): string {
  let s = signatures.get(message);
  if (s === undefined) {
    const parts = message.parts.map((p) => [p.type, p.text?.trim() ?? "", p.name ?? "", steady(p.value), p.blob ?? p.uri ?? ""]);
    s = JSON.stringify([message.role, parts]);
    signatures.set(message, s);
  }
  return s;
}

/** A JSON value as text, the same for the same value: keys sorted, JSON in strings read. */
function steady(value: unknown): string {
  if (typeof value === "string") {
    const text = value.trim();
    if (!/^[[{]/.test(text)) return text;
    try {
      return steady(JSON.parse(text));
    } catch {
      return text;
    }
  }
  if (Array.isArray(value)) return `[${value.map(steady).join(",")}]`;
  if (value !== null && typeof value === "object") {
    const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([k, v]) => `${JSON.stringify(k)}:${steady(v)}`).join(",")}}`;
  }
  return JSON.stringify(value) ?? "";
}
