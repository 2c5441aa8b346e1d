/** The bars and lines of a chart of numbers over time. */
import { duration, money } from "../../lib/format";
import type { Bar } from "../../lib/histogram";
import type { Range } from "../../lib/period";
import { num, type AnswerRow } from "./model";
import type { ChartOf, Split } from "./search";

export interface Series {
  name: string;
  kind: "bar" | "line";
  /** One for each bar; null where there is nothing to measure. */
  values: (number | null)[];
}

export interface OverTimeData {
  range: Range;
  length: number;
  all: AnswerRow[];
  split: AnswerRow[];
  wrong: AnswerRow[];
}

export type Slot = Pick<Bar, "from" | "to">;

/** The places of the bars, up to now or the last one with a number. */
export function slots({ range, length, all }: OverTimeData, now: number = Date.now()): Slot[] {
  const from = Math.floor(Date.parse(range.from) / length) * length;
  const last = all.reduce((t, r) => Math.max(t, Date.parse(r.time ?? "") || 0), Math.min(Date.parse(range.to) - 1, now));
  const out: Slot[] = [];
  for (let at = from; at <= last; at += length) out.push({ from: at, to: at + length });
  return out;
}

const metric: Record<Exclude<ChartOf, "latency" | "errors">, string> = { cost: "cost", tokens: "tokens", calls: "spans" };

/** What a chart shows: parts of a sum by the split, percentiles, or what went wrong. */
export function series(data: OverTimeData, places: Slot[], chart: ChartOf, by: Split): Series[] {
  const place = new Map(places.map((s, i) => [s.from, i]));
  const line = (rows: AnswerRow[], value: (r: AnswerRow) => number | null): (number | null)[] => {
    const out: (number | null)[] = places.map(() => null);
    for (const r of rows) {
      const i = place.get(Date.parse(r.time ?? ""));
      if (i !== undefined) out[i] = value(r);
    }
    return out;
  };
  if (chart === "latency") {
    const of = (name: string) => line(data.all, (r) => (r.values[name] === undefined ? null : num(r, name)));
    return [{ name: "p50", kind: "line", values: of("duration_p50") }, { name: "p95", kind: "line", values: of("duration_p95") }];
  }
  if (chart === "errors") {
    return [
      { name: "Errors", kind: "bar", values: line(data.wrong, (r) => num(r, "errors")) },
      { name: "Problems without an error", kind: "bar", values: line(data.wrong, (r) => num(r, "problems") - num(r, "errors")) },
    ];
  }
  const m = metric[chart];
  const total = line(data.all, (r) => num(r, m));
  const names = [...new Set(data.split.map((r) => r.by[by] ?? ""))];
  const parts = names.map((name): Series => ({ name: name || "not named", kind: "bar", values: line(data.split.filter((r) => r.by[by] === name), (r) => num(r, m)) }));
  const sum = (s: Series) => s.values.reduce<number>((t, v) => t + (v ?? 0), 0);
  const shown = parts.filter((s) => sum(s) > 0).toSorted((a, b) => sum(b) - sum(a));
  // A span with two tags counts under both, so that parts may be more than the whole.
  const rest = total.map((t, i) => (t === null ? null : Math.max(0, t - shown.reduce((n, s) => n + (s.values[i] ?? 0), 0))));
  const all = Math.max(...total.map((t) => t ?? 0), 0);
  if (rest.some((v) => (v ?? 0) > all * 1e-9)) shown.push({ name: "Others", kind: "bar", values: rest });
  return shown;
}

const short = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 });

/** Writes a number of the chart. Drawn money is a float; sums that are read are exact and stand above and below. */
export function write(chart: ChartOf, currency: string): (v: number) => string {
  if (chart === "latency") return (v) => duration(v);
  if (chart === "cost") return (v) => (v === 0 ? "0" : money(v.toFixed(v < 0.01 ? 6 : 4), currency));
  return (v) => short.format(v);
}
