/** The numbers of one value, or of everything, out of the answers to the page's questions. */
import { divided } from "../../lib/totals";
import type { Column, Split } from "./search";

export interface AnswerRow {
  time?: string | null;
  by: Record<string, string>;
  values: Record<string, unknown>;
  currencies?: Record<string, string>;
}

export interface Answers {
  all: AnswerRow[];
  calls: AnswerRow[];
  failed: AnswerRow[];
  unpriced: AnswerRow[];
  /** Asked for the whole alone. */
  wrong?: AnswerRow[];
}

export interface Amount {
  /** Decimal text; empty where amounts in several currencies have no sum. */
  amount: string;
  currency: string;
}

/** A number, and how many traces have what it counts: what its link opens. */
export interface Counted {
  n: number;
  traces: number;
}

export interface UsageRow {
  name: string;
  traces: number;
  calls: Counted;
  input: number;
  cached: number;
  output: number;
  cost: Amount | undefined;
  sessions: number;
  /** Sessions of which each trace ended well, and those of which one did not; known of the whole alone. */
  good: number;
  wrong: number;
  p50: number | undefined;
  p95: number | undefined;
  failed: Counted;
  /** What failed calls cost. */
  lost: Amount | undefined;
  problems: Counted;
  unpriced: Counted;
}

/** One row for each value that has a call; without a split one row, also where there is no call. */
export function usageOf(a: Answers, by: Split | undefined): UsageRow[] {
  const find = (rows: AnswerRow[] = [], name: string) => (by ? rows.find((r) => r.by[by] === name) : rows[0]);
  const names = by ? [...new Set([...a.calls, ...a.all.filter((r) => num(r, "problems") > 0)].map((r) => r.by[by] ?? ""))] : [""];
  return names.map((name) => {
    const all = find(a.all, name);
    const calls = find(a.calls, name);
    const failed = find(a.failed, name);
    const sessions = num(all, "sessions");
    const wrong = num(find(a.wrong, name), "sessions");
    return {
      name,
      traces: num(all, "traces"),
      calls: counted(calls, "spans"),
      input: num(calls, "input_tokens"),
      cached: num(calls, "cache_read_tokens"),
      output: num(calls, "output_tokens"),
      cost: amount(calls),
      sessions,
      good: Math.max(0, sessions - wrong),
      wrong,
      p50: maybe(calls, "duration_p50"),
      p95: maybe(calls, "duration_p95"),
      failed: counted(failed, "spans"),
      lost: amount(failed),
      problems: { n: num(all, "problems"), traces: num(all, "failing_traces") },
      unpriced: counted(find(a.unpriced, name), "spans"),
    };
  });
}

function maybe(row: AnswerRow | undefined, metric: string): number | undefined {
  const v = row?.values[metric];
  return v === undefined || v === null ? undefined : Number(v);
}

export function num(row: AnswerRow | undefined, metric: string): number {
  return maybe(row, metric) ?? 0;
}

function counted(row: AnswerRow | undefined, metric: string): Counted {
  return { n: num(row, metric), traces: num(row, "traces") };
}

function amount(row: AnswerRow | undefined): Amount | undefined {
  const currency = row?.currencies?.cost;
  if (!currency) return undefined;
  return currency === "mixed" ? { amount: "", currency } : { amount: String(row.values.cost), currency };
}

/** An amount by a count; undefined where there is no amount or nothing to divide by. */
export function per(a: Amount | undefined, n: number): Amount | undefined {
  return a?.amount && n > 0 ? { amount: divided(a.amount, n), currency: a.currency } : undefined;
}

/** For comparing and drawing alone: an amount is never computed with as a float. */
export function size(a: Amount | undefined): number {
  return a?.amount ? Number(a.amount) : 0;
}

const measures: Record<Exclude<Column, "name">, (r: UsageRow) => number> = {
  calls: (r) => r.calls.n,
  input: (r) => r.input,
  cached: (r) => (r.input ? r.cached / r.input : 0),
  output: (r) => r.output,
  cost: (r) => size(r.cost),
  session: (r) => size(per(r.cost, r.sessions)),
  p50: (r) => r.p50 ?? -1,
  p95: (r) => r.p95 ?? -1,
  failed: (r) => r.failed.n,
  lost: (r) => size(r.lost),
  problems: (r) => r.problems.n,
  unpriced: (r) => r.unpriced.n,
};

/** Sorts by a column, "-" before it for the largest first; equal ones by cost, then calls, then name. */
export function sorted(rows: UsageRow[], order: string): UsageRow[] {
  const down = order.startsWith("-") ? -1 : 1;
  const column = order.replace(/^-/, "") as Column;
  const byName = (a: UsageRow, b: UsageRow) => a.name.localeCompare(b.name);
  if (column === "name") return rows.toSorted((a, b) => down * byName(a, b));
  const measure = measures[column];
  return rows.toSorted((a, b) => down * (measure(a) - measure(b)) || measures.cost(b) - measures.cost(a) || measures.calls(b) - measures.calls(a) || byName(a, b));
}
