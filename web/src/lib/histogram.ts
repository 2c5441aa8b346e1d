/** Numbers over time, cut into bars. */
import type { Range } from "./period";

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** Lengths of a bar that people read easily; none is more than three times the one before. */
const steps = [
  1, 2, 5, 10, 15, 30,
].map((n) => n * second).concat(
  [1, 2, 5, 10, 15, 30].map((n) => n * minute),
  [1, 2, 3, 6, 12].map((n) => n * hour),
  [1, 2, 5, 10, 30, 90, 270].map((n) => n * day),
);

export const mostBars = 120;

/** The length of a bar, in milliseconds, that cuts the range into at most mostBars and, where it can, at least 30. */
export function barLength({ from, to }: Range): number {
  const length = Date.parse(to) - Date.parse(from);
  return steps.find((s) => length / s <= mostBars - 1) ?? steps.at(-1)!; // one more for the ends that do not fit
}

/** An interval as the API takes it. */
export function interval(ms: number): string {
  return `${Math.round(ms / second)}s`;
}

export const outcomes = ["ok", "problem", "unfinished", "error"] as const;
export type Outcome = (typeof outcomes)[number];

export interface Row {
  time?: string | null;
  by: Record<string, string>;
  values: Record<string, unknown>;
}

export interface Bar {
  /** Milliseconds since 1970, half-open. */
  from: number;
  to: number;
  counts: Record<Outcome, number>;
  total: number;
}

/** One bar for each interval of the range, those without a trace too; after now only those that have one. */
export function bars(rows: readonly Row[], range: Range, length: number, now: number = Date.now()): Bar[] {
  const from = Math.floor(Date.parse(range.from) / length) * length;
  const to = Date.parse(range.to);
  const found = new Map<number, Record<Outcome, number>>();
  let last = Math.min(to - 1, now);
  for (const row of rows) {
    if (!row.time) continue;
    const at = Math.floor(Date.parse(row.time) / length) * length;
    const counts = found.get(at) ?? { ok: 0, problem: 0, unfinished: 0, error: 0 };
    const outcome = outcomes.find((o) => o === row.by["trace.outcome"]);
    if (outcome) counts[outcome] += Number(row.values.traces ?? 0);
    found.set(at, counts);
    last = Math.max(last, at);
  }
  const out: Bar[] = [];
  for (let at = from; at <= last && out.length <= 2 * mostBars; at += length) {
    const counts = found.get(at) ?? { ok: 0, problem: 0, unfinished: 0, error: 0 };
    out.push({ from: at, to: at + length, counts, total: counts.ok + counts.problem + counts.unfinished + counts.error });
  }
  return out;
}

/** The range of bars i to k, both included, within the range that was asked for. */
export function rangeOf(list: readonly Bar[], i: number, k: number, within: Range): Range | undefined {
  const first = list[Math.max(0, Math.min(i, k))];
  const last = list[Math.min(list.length - 1, Math.max(i, k))];
  if (!first || !last) return undefined;
  return {
    from: new Date(Math.max(first.from, Date.parse(within.from))).toISOString(),
    to: new Date(Math.min(last.to, Date.parse(within.to))).toISOString(),
  };
}

/** Twice the range around the same middle, not beyond now. */
export function zoomOut({ from, to }: Range, now: number = Date.now()): Range {
  const a = Date.parse(from);
  const b = Date.parse(to);
  const half = Math.max(1000, (b - a) / 2);
  const end = Math.max(Math.min(b + half, now), a + 1000);
  return { from: new Date(end - Math.max(4 * half, 0)).toISOString(), to: new Date(end).toISOString() };
}
