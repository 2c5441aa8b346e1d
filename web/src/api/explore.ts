/** What the explorer asks besides the list itself. */
import { queryOptions } from "@tanstack/react-query";
import { combine } from "../lib/filter";
import { barLength, bars, interval } from "../lib/histogram";
import { resolve } from "../lib/period";
import type { ListSearch, ShellSearch } from "../lib/search";
import type { Session } from "../session";
import type { SavedView } from "./types";
import { unwrap } from "./client";

type Scope = Pick<Session, "api" | "project">;
type Search = ShellSearch & ListSearch;

/** Traces over time, by outcome. */
export function histogramQuery({ api, project }: Scope, search: Search) {
  return queryOptions({
    queryKey: ["histogram", project, search.filter, search.env, search.period, search.from, search.to],
    queryFn: async ({ signal }) => {
      const range = resolve(search);
      const length = barLength(range);
      const query = { filter: combine(search.filter, search.env).text, ...range, metrics: "traces", by: "trace.outcome", interval: interval(length) };
      const { rows } = await unwrap(api.GET("/api/v1/aggregate", { params: { query }, signal }));
      return { range, length, bars: bars(rows, range, length) };
    },
    staleTime: 30_000,
    placeholderData: (previous) => previous,
  });
}

interface FacetQuestion {
  filter: string | undefined;
  fields: string[];
  prefix?: string;
}

/** Values of fields with how many traces have them. */
export function facetsQuery({ api, project }: Scope, search: Search, { filter, fields, prefix }: FacetQuestion) {
  return queryOptions({
    queryKey: ["facets", project, filter, search.env, search.period, search.from, search.to, fields.join(), prefix],
    queryFn: async ({ signal }) => {
      const query = {
        filter: combine(filter, search.env).text, ...resolve(search), fields: fields.join(), level: "trace" as const, limit: "10", prefix: prefix || undefined,
      };
      return (await unwrap(api.GET("/api/v1/facets", { params: { query }, signal }))).facets;
    },
    staleTime: 30_000,
    placeholderData: (previous) => previous,
  });
}

export function whyEmptyQuery({ api, project }: Scope, list: "traces" | "sessions", search: Search) {
  return queryOptions({
    queryKey: ["why-empty", list, project, search.filter, search.env, search.period, search.from, search.to],
    queryFn: ({ signal }) => {
      const query = { list, filter: search.filter, environment: search.env, ...resolve(search) };
      return unwrap(api.GET("/api/v1/why-empty", { params: { query }, signal }));
    },
  });
}

export function viewsQuery({ api, project }: Scope, list: SavedView["list"]) {
  return queryOptions({
    queryKey: ["views", project, list],
    queryFn: async ({ signal }) => (await unwrap(api.GET("/api/v1/views", { params: { query: { list } }, signal }))).items,
    staleTime: 60_000,
  });
}
