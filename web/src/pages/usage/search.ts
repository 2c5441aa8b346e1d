/** What the page of usage keeps in its URL besides the period and the environment. */

/** By what numbers are split: the filter's name of the field, and what it is called. */
export const splits = {
  model: "Model", user: "User", agent: "Agent", tag: "Tag", release: "Release", env: "Environment", provider: "Provider",
} as const;
export type Split = keyof typeof splits;

export const charts = { cost: "Cost", tokens: "Tokens", calls: "Calls", latency: "Latency", errors: "Errors" } as const;
export type ChartOf = keyof typeof charts;

export const sortable = ["name", "calls", "input", "cached", "output", "cost", "session", "p50", "p95", "failed", "lost", "problems", "unpriced"] as const;
export type Column = (typeof sortable)[number];

export interface UsageSearch {
  filter?: string;
  by?: Split;
  chart?: ChartOf;
  /** A column, with - before it for the largest first. Without it the dearest come first. */
  order?: string;
  /** The model whose price is being set. */
  price?: string;
}

const text = (v: unknown) => (typeof v === "string" && v !== "" ? v : undefined);

export function usageSearch(raw: Record<string, unknown>): UsageSearch {
  const order = text(raw.order);
  const found: UsageSearch = {
    filter: text(raw.filter),
    by: (Object.keys(splits) as Split[]).find((s) => s === raw.by && s !== "model"),
    chart: (Object.keys(charts) as ChartOf[]).find((c) => c === raw.chart && c !== "cost"),
    order: order && order !== "-cost" && sortable.some((c) => c === order.replace(/^-/, "")) ? order : undefined,
    price: text(raw.price),
  };
  return Object.fromEntries(Object.entries(found).filter(([, v]) => v !== undefined)) as UsageSearch;
}
