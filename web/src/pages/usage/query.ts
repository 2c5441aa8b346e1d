import { queryOptions } from "@tanstack/react-query";
import { unwrap } from "../../api/client";
import type { paths } from "../../api/types";
import { combine } from "../../lib/filter";
import { barLength, interval } from "../../lib/histogram";
import { resolve, type Range } from "../../lib/period";
import { failing } from "../../lib/problems";
import type { ShellSearch } from "../../lib/search";
import type { Session } from "../../session";
import { usageOf, type Answers } from "./model";
import type { Split, UsageSearch } from "./search";

type Scope = Pick<Session, "api" | "project">;
type Search = ShellSearch & UsageSearch;
type Ask = NonNullable<paths["/api/v1/aggregate"]["get"]["parameters"]["query"]>;

/** What costs: calls of models, and whatever else has a price. Roll-ups repeat the calls below them. */
export const calls = "(kind:(llm OR embedding OR rerank) OR cost.state:*) rollup:false";

/** The questions behind the page's numbers; each number is asked with the filter that its link opens. */
export const questions = {
  all: { terms: "", metrics: "traces,sessions,failing_traces,problems" },
  calls: { terms: calls, metrics: "spans,traces,sessions,cost,input_tokens,output_tokens,cache_read_tokens,duration_p50,duration_p95" },
  failed: { terms: `${calls} status:error`, metrics: "spans,traces,cost" },
  unpriced: { terms: `${calls} cost.state:unpriced`, metrics: "spans,traces" },
  wrong: { terms: "-trace.outcome:ok session:*", metrics: "sessions" },
} as const;

/** Joins terms that must all hold; the reader's own filter stays one expression. */
export function join(filter: string | undefined, terms: string): string | undefined {
  if (!filter?.trim()) return terms || undefined;
  return terms ? `(${filter}) ${terms}` : filter;
}

function ask({ api }: Scope, search: Search, range: Range, signal: AbortSignal) {
  return async (terms: string, query: Pick<Ask, "metrics" | "by" | "interval" | "limit">) => {
    const filter = combine(join(search.filter, terms), search.env).text;
    return (await unwrap(api.GET("/api/v1/aggregate", { params: { query: { ...range, ...query, filter } }, signal }))).rows;
  };
}

const key = (project: string, s: Search) => [project, s.filter, s.env, s.period, s.from, s.to] as const;

/** The sums of the period; by a field, the sums of each of its values, at most 200. */
export function usageQuery(session: Scope, search: Search, by: Split | undefined) {
  return queryOptions({
    queryKey: ["usage", ...key(session.project, search), by],
    queryFn: async ({ signal }) => {
      const range = resolve(search);
      const one = ask(session, search, range, signal);
      const names = (Object.keys(questions) as (keyof typeof questions)[]).filter((n) => !by || n !== "wrong");
      const rows = await Promise.all(names.map((n) => one(questions[n].terms, { metrics: questions[n].metrics, by, limit: by && "200" })));
      return { range, rows: usageOf(Object.fromEntries(names.map((n, i) => [n, rows[i]!])) as Partial<Answers> as Answers, by) };
    },
    staleTime: 30_000,
    placeholderData: (previous) => previous,
  });
}

/** How many values of the split a chart tells apart; the rest are drawn as one. */
const apart = "6";

/** Numbers over time: of all calls together, of the largest values of the split, and of everything that went wrong. */
export function overTimeQuery(session: Scope, search: Search, by: Split) {
  return queryOptions({
    queryKey: ["usage-over-time", ...key(session.project, search), by],
    queryFn: async ({ signal }) => {
      const range = resolve(search);
      const length = barLength(range);
      const one = ask(session, search, range, signal);
      const step = interval(length);
      const metrics = "cost,spans,tokens";
      const [all, split, wrong] = await Promise.all([
        one(calls, { metrics: `${metrics},duration_p50,duration_p95`, interval: step }),
        one(calls, { metrics, by, interval: step, limit: apart }),
        one(failing, { metrics: "errors,problems", interval: step }),
      ]);
      return { range, length, all, split, wrong };
    },
    staleTime: 30_000,
    placeholderData: (previous) => previous,
  });
}
