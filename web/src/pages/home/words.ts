/** What a report's numbers are called and how they are written. */
import type { Home } from "../../api/types";
import { count, duration, money, plural } from "../../lib/format";
import { quote } from "../../lib/filter";

export type HomeRow = Home["rows"][number];
export type Kind = HomeRow["kind"];
export type Verdict = HomeRow["verdict"];

/** The groups of the page, in the order in which they ask for attention. */
export const groups: { kinds: Kind[]; title: string; about: string }[] = [
  { kinds: ["failing"], title: "Failing", about: "by sessions with an error or a problem" },
  { kinds: ["first_seen"], title: "First seen", about: "not once in the four weeks before" },
  { kinds: ["latency"], title: "Latency", about: "95th percentile of whole traces" },
  { kinds: ["cost"], title: "Cost", about: "and what changed it most" },
  { kinds: ["unpriced"], title: "Unpriced", about: "these calls are missing in the cost" },
  { kinds: ["refused", "rejected"], title: "Turned away", about: "sent, but not stored" },
  { kinds: ["disk"], title: "Disk", about: "at the present pace" },
];

const fields: Record<string, string> = { "agent,model": "Agent and model", error: "Error", agent: "Agent", tool: "Tool", model: "Model", release: "Release" };

/** What a row is about: a word for the kind of thing, and its name. */
export function subject(row: HomeRow): { field: string; name: string } {
  switch (row.kind) {
    case "refused": return { field: "", name: "Requests refused in the last hour" };
    case "rejected": return { field: "", name: "Records rejected" };
    case "disk": return { field: "", name: "Days until the disk is full" };
    case "latency": return { field: "", name: "All traces" };
    case "cost": if (!row.field) return { field: "", name: "All calls" };
  }
  return { field: fields[row.field] ?? row.field, name: row.value || "not named" };
}

/** The number that a row is about. */
export function number(row: HomeRow): string {
  switch (row.kind) {
    case "cost": return row.cost_now ? money(row.cost_now.amount, row.cost_now.currency) : "none";
    case "latency": return duration(row.number);
    case "disk": return plural(Math.max(0, Math.floor(row.number)), "day");
    default: return count(row.number);
  }
}

/** "sessions" or "session": what the number counts. */
export function unit(row: HomeRow): string {
  if (row.kind === "cost" || row.kind === "latency" || row.kind === "disk") return "";
  const n = row.of || row.number;
  return n === 1 ? row.unit.replace(/s$/, "") : row.unit;
}

const points = new Intl.NumberFormat("en-US", { minimumFractionDigits: 1, maximumFractionDigits: 1, signDisplay: "exceptZero" });
const share = new Intl.NumberFormat("en-US", { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });
const ratio = new Intl.NumberFormat("en-US", { style: "percent", maximumFractionDigits: 0, signDisplay: "exceptZero" });

/** 15.7%; nothing where there is no whole. */
export function part(n: number, of: number): string {
  return of > 0 ? share.format(n / of) : "";
}

/** A change of a share, in percentage points: "+13.8". */
export function change(by: number): string {
  return points.format(by * 100).replace("-", "−");
}

/** A number against the one before: "+12%", from the fivefold on "×66"; nothing where that one is zero. */
export function relative(now: number, before: number): string {
  if (before <= 0) return "";
  return now >= 5 * before ? `×${count(Math.round(now / before))}` : ratio.format(now / before - 1).replace("-", "−");
}

/** A link's filter without the environment, which the address says by itself. */
export function withoutEnvironment(filter: string, env: string | undefined): string | undefined {
  const own = env ? `env:${quote(env)}` : "";
  if (own && filter === own) return undefined;
  return (own && filter.startsWith(`${own} `) ? filter.slice(own.length + 1) : filter) || undefined;
}
