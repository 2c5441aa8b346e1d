import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { combine } from "../lib/filter";
import { resolve, type Range } from "../lib/period";
import type { ListSearch, ShellSearch } from "../lib/search";
import type { Session } from "../session";
import type { TraceDetail } from "./types";
import { unwrap } from "./client";

type Scope = Pick<Session, "api" | "project">;
type Search = ShellSearch & ListSearch;

const pageSize = "100";

/**
 * The first page fixes the range, so that a relative period does not move below a list that is being scrolled; the
 * cursor then stands for filter, sort and place.
 */
interface Page {
  cursor?: string;
  range?: Range;
}

function listKey(kind: string, project: string, s: Search) {
  return [kind, project, s.filter, s.env, s.sort, s.period, s.from, s.to] as const;
}

function ask(search: Search, page: Page) {
  const range = page.range ?? resolve(search);
  const filter = combine(search.filter, search.env).text;
  return { range, query: { filter, ...range, sort: search.sort, limit: pageSize, cursor: page.cursor } };
}

export function tracesQuery({ api, project }: Scope, search: Search) {
  return infiniteQueryOptions({
    queryKey: listKey("traces", project, search),
    initialPageParam: {} as Page,
    queryFn: async ({ pageParam, signal }) => {
      const { range, query } = ask(search, pageParam);
      return { ...(await unwrap(api.GET("/api/v1/traces", { params: { query }, signal }))), range };
    },
    getNextPageParam: (last): Page | undefined =>
      last.next_cursor ? { cursor: last.next_cursor, range: last.range } : undefined,
    placeholderData: (previous) => previous,
  });
}

/** The newest traces of a list that is live: one page, asked for again and again. */
export function newestTracesQuery({ api, project }: Scope, search: Search) {
  return queryOptions({
    queryKey: ["newest-traces", project, search.filter, search.env, search.sort, search.period],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/traces", { params: { query: ask(search, {}).query }, signal })),
    staleTime: 0,
  });
}

export function sessionsQuery({ api, project }: Scope, search: Search) {
  return infiniteQueryOptions({
    queryKey: listKey("sessions", project, search),
    initialPageParam: {} as Page,
    queryFn: async ({ pageParam, signal }) => {
      const { range, query } = ask(search, pageParam);
      return { ...(await unwrap(api.GET("/api/v1/sessions", { params: { query }, signal }))), range };
    },
    getNextPageParam: (last): Page | undefined =>
      last.next_cursor ? { cursor: last.next_cursor, range: last.range } : undefined,
    placeholderData: (previous) => previous,
  });
}

/** The newest trace of all time under a filter, or none: what an empty list needs to say why it is empty. */
export function newestTraceQuery({ api, project }: Scope, filter: string | undefined) {
  return queryOptions({
    queryKey: ["newest", project, filter],
    queryFn: async ({ signal }) => {
      const query = { filter, from: "1970-01-01T00:00:00Z", to: new Date(Date.now() + 366 * 86_400_000).toISOString(), limit: "1" };
      const { items } = await unwrap(api.GET("/api/v1/traces", { params: { query }, signal }));
      return items[0] ?? null;
    },
  });
}

export function traceQuery({ api, project }: Scope, id: string) {
  return queryOptions({
    queryKey: ["trace", project, id],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/traces/{trace_id}", { params: { path: { trace_id: id } }, signal })),
  });
}

export function spanQuery({ api, project }: Scope, trace: string, span: string) {
  return queryOptions({
    queryKey: ["span", project, trace, span],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/v1/traces/{trace_id}/spans/{span_id}", { params: { path: { trace_id: trace, span_id: span } }, signal }),
      ),
    staleTime: 60_000,
  });
}

/** The range that holds all spans of a trace. */
function rangeOf(trace: Pick<TraceDetail, "start" | "end">): Range {
  return { from: trace.start, to: new Date(Date.parse(trace.end) + 1000).toISOString() };
}

/** Ids of the spans of a trace whose messages hold a text; at most 1,000. */
export function spansWithTextQuery({ api, project }: Scope, trace: TraceDetail, text: string) {
  return queryOptions({
    queryKey: ["spans-with-text", project, trace.trace_id, trace.spans.length, text],
    queryFn: async ({ signal }) => {
      const query = { filter: `trace:${trace.trace_id} text:"${text.replaceAll(/[\\"]/g, "\\$&")}"`, ...rangeOf(trace), sort: "start", limit: "1000" };
      const { items, next_cursor } = await unwrap(api.GET("/api/v1/spans", { params: { query }, signal }));
      return { ids: items.map((s) => s.span_id), more: Boolean(next_cursor) };
    },
    staleTime: 60_000,
  });
}

/** The model calls and steps of a trace with their content, in order of start, a page at a time. */
export function spansWithContentQuery({ api, project }: Scope, trace: TraceDetail) {
  return infiniteQueryOptions({
    queryKey: ["spans-with-content", project, trace.trace_id, trace.spans.length],
    initialPageParam: "",
    queryFn: async ({ pageParam, signal }) => {
      const filter = `trace:${trace.trace_id} kind:(llm OR tool OR retrieval OR rerank OR guardrail OR evaluation)`;
      const query = { filter, ...rangeOf(trace), sort: "start", limit: "100", include: "content" as const, cursor: pageParam || undefined };
      return unwrap(api.GET("/api/v1/spans", { params: { query }, signal }));
    },
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    staleTime: 60_000,
  });
}

export function sessionQuery({ api, project }: Scope, id: string) {
  return queryOptions({
    queryKey: ["session", project, id],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/sessions/{session}", { params: { path: { session: id } }, signal })),
  });
}

export function environmentsQuery({ api, project }: Scope, search: ShellSearch) {
  return queryOptions({
    queryKey: ["environments", project, search.period, search.from, search.to],
    queryFn: async ({ signal }) => {
      const query = { fields: "environment", limit: "50", ...resolve(search) };
      const { facets } = await unwrap(api.GET("/api/v1/facets", { params: { query }, signal }));
      return facets[0]?.values.map((v) => String(v.value)) ?? [];
    },
    staleTime: 30_000,
  });
}

/** Bytes of a message's image or sound, as an address inside the page. */
export function blobQuery({ project }: Scope, sha: string) {
  return queryOptions({
    queryKey: ["blob", project, sha],
    queryFn: async ({ signal }) => {
      const path = `/api/v1/blobs/${encodeURIComponent(sha)}`;
      const response = await fetch(path, { headers: { "Steward-Project": project }, credentials: "same-origin", signal });
      if (!response.ok) throw new Error(`the server answered ${response.status}`);
      return response.blob();
    },
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  });
}
