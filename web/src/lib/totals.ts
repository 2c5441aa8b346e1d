import type { Cost, Int, Span } from "../api/types";
import type { Node, Tree } from "./tree";

/** What a span and everything below it took. Roll-ups repeat the spans below them and are not added. */
export interface Subtotal {
  calls: number;
  input: number;
  output: number;
  /** Undefined where nothing in it has a cost. */
  cost: Cost | undefined;
}

interface Amount {
  amount: string;
  currency: string;
}

interface Sum {
  calls: number;
  input: number;
  output: number;
  units: bigint;
  currency: string;
  mixed: boolean;
  known: boolean;
  estimated: boolean;
  unpriced: boolean;
}

const digits = 12;

/** Sums of every span's subtree, from the bottom up; money is added as whole units of 10⁻¹². */
export function subtotals(tree: Tree<Span>): Map<string, Subtotal> {
  const order: Node<Span>[] = [...tree.roots];
  for (let i = 0; i < order.length; i++) for (const child of order[i]!.children) order.push(child);
  const sums = new Map<Node<Span>, Sum>();
  const out = new Map<string, Subtotal>();
  for (let i = order.length - 1; i >= 0; i--) {
    const node = order[i]!;
    const sum = own(node.span);
    for (const child of node.children) add(sum, sums.get(child)!);
    sums.set(node, sum);
    out.set(node.span.span_id, { calls: sum.calls, input: sum.input, output: sum.output, cost: costOf(sum) });
  }
  return out;
}

function own(span: Span): Sum {
  const counts = !span.usage?.rollup;
  const { cost } = span;
  const priced = counts && cost && (cost.state === "priced" || cost.state === "estimated");
  return {
    calls: span.kind === "llm" ? 1 : 0,
    input: counts ? whole(span.usage?.input_tokens) : 0,
    output: counts ? whole(span.usage?.output_tokens) : 0,
    units: priced ? units(cost.amount) : 0n,
    currency: priced ? cost.currency : "",
    mixed: false,
    known: Boolean(priced),
    estimated: counts && cost?.state === "estimated",
    unpriced: counts && cost?.state === "unpriced",
  };
}

function add(to: Sum, from: Sum): void {
  to.calls += from.calls;
  to.input += from.input;
  to.output += from.output;
  to.units += from.units;
  to.mixed ||= from.mixed || (to.currency !== "" && from.currency !== "" && to.currency !== from.currency);
  to.currency ||= from.currency;
  to.known ||= from.known;
  to.estimated ||= from.estimated;
  to.unpriced ||= from.unpriced;
}

function costOf(s: Sum): Cost | undefined {
  if (!s.known && !s.unpriced) return undefined;
  if (s.mixed) return { amount: "", currency: "", state: "mixed" };
  const state = s.unpriced ? "unpriced" : s.estimated ? "estimated" : "priced";
  return { amount: decimal(s.units), currency: s.currency || "USD", state };
}

/** Token counts of one trace stay far below 2^53, where a number is exact. */
function whole(n: Int | null | undefined): number {
  return Number(n ?? 0) || 0;
}

/** The difference of two amounts of one currency; undefined for two currencies. */
export function minus(a: Amount, b: Amount): Amount | undefined {
  if (a.currency && b.currency && a.currency !== b.currency) return undefined;
  return { amount: decimal(units(a.amount) - units(b.amount)), currency: a.currency || b.currency };
}

/** An amount by a whole number above zero, cut off after twelve decimals. */
export function divided(amount: string, by: number): string {
  return decimal(units(amount) / BigInt(by));
}

function units(amount: string): bigint {
  const m = /^(-?)(\d+)(?:\.(\d+))?$/.exec(amount.trim());
  if (!m) return 0n;
  const value = BigInt(m[2]! + (m[3] ?? "").padEnd(digits, "0").slice(0, digits));
  return m[1] ? -value : value;
}

function decimal(value: bigint): string {
  const text = (value < 0n ? -value : value).toString().padStart(digits + 1, "0");
  return `${value < 0n ? "-" : ""}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}
