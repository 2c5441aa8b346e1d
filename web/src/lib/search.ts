import { isPeriod, type PeriodSearch } from "./period";

/** What every page inside the shell keeps in its URL. */
export interface ShellSearch extends PeriodSearch {
  project?: string;
  env?: string;
}

/** What a list page keeps besides. */
export interface ListSearch {
  filter?: string;
  sort?: string;
  live?: "1";
  /** A saved view; the rest of the address says what shows. */
  view?: string;
  /** Columns with their order and widths, as lib/layout writes them. */
  cols?: string;
}

type Raw = Record<string, unknown>;

/** Plain name=value pairs, so that links are readable and other programs can write them. The first of a name wins. */
export function parseSearch(query: string): Record<string, string> {
  const out: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(query)) out[name] ??= value;
  return out;
}

export function stringifySearch(search: Raw): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    if (value !== undefined && value !== null && value !== "") params.set(name, String(value));
  }
  const query = params.toString();
  return query ? `?${query}` : "";
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function time(value: unknown): string | undefined {
  const t = text(value);
  return t && !Number.isNaN(Date.parse(t)) ? t : undefined;
}

/** Reads the shell's parameters; what does not make sense is left out rather than shown as an error. */
export function shellSearch(raw: Raw): ShellSearch {
  const from = time(raw.from);
  const to = time(raw.to);
  const custom = from !== undefined || to !== undefined;
  return drop({
    project: text(raw.project),
    env: text(raw.env),
    period: !custom && isPeriod(raw.period) ? raw.period : undefined,
    from,
    to,
  });
}

const sorts = new Set(["start", "-start", "duration", "-duration", "cost", "-cost", "tokens", "-tokens"]);

export function listSearch(raw: Raw): ListSearch {
  const sort = text(raw.sort);
  return drop({
    filter: text(raw.filter),
    sort: sort && sorts.has(sort) && sort !== "-start" ? sort : undefined,
    live: raw.live === "1" ? ("1" as const) : undefined,
    view: text(raw.view),
    cols: text(raw.cols),
  });
}

export const spanTabs = ["content", "attributes", "events", "raw"] as const;
export type SpanTab = (typeof spanTabs)[number];

export const traceViews = ["waterfall", "conversation", "graph"] as const;
export type TraceView = (typeof traceViews)[number];

/**
 * What the page of a trace keeps: the selected span and what is shown of it, the view, what is looked for, and the list
 * that the reader came from, with its filter and sort; the list's range is the shell's.
 */
export interface TraceSearch {
  span?: string;
  tab?: SpanTab;
  view?: TraceView;
  /** All messages of a model call, not only the new ones. */
  all?: "1";
  /** What is looked for within the trace. */
  find?: string;
  /** What is folded in the waterfall; see folds.ts. */
  folds?: string;
  /** The span to whose time the waterfall is narrowed. */
  zoom?: string;
  list?: "1";
  filter?: string;
  sort?: string;
}

export function traceSearch(raw: Raw): TraceSearch {
  const tab = spanTabs.find((t) => t === raw.tab);
  const view = traceViews.find((v) => v === raw.view);
  const list = raw.list === "1" ? listSearch(raw) : undefined;
  return drop({
    span: text(raw.span),
    tab: tab === "content" ? undefined : tab,
    view: view === "waterfall" ? undefined : view,
    all: raw.all === "1" ? ("1" as const) : undefined,
    find: text(raw.find),
    folds: text(raw.folds),
    zoom: text(raw.zoom),
    list: list ? ("1" as const) : undefined,
    filter: list?.filter,
    sort: list?.sort,
  });
}

/** What a list's row needs to open a trace so that the page knows the list. A match other than the root is gone to. */
export function fromList(t: { matched_span_id: string | null; root_span_id: string }, search: ListSearch): TraceSearch {
  const span = t.matched_span_id && t.matched_span_id !== t.root_span_id ? t.matched_span_id : undefined;
  return { span, list: "1", filter: search.filter, sort: search.sort };
}

function drop<T extends object>(o: T): T {
  return Object.fromEntries(Object.entries(o).filter(([, v]) => v !== undefined)) as T;
}

/** Largest first, then smallest first, then back to newest first. */
export function nextSort(current: string | undefined, field: string): string | undefined {
  if (field === "start") return current === "start" ? undefined : "start";
  if (current === `-${field}`) return field;
  if (current === field) return undefined;
  return `-${field}`;
}
