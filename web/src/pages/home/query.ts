import { queryOptions } from "@tanstack/react-query";
import { unwrap } from "../../api/client";
import { isCustom, resolve, type Range } from "../../lib/period";
import type { ShellSearch } from "../../lib/search";
import type { Session } from "../../session";

/** The period to report on. It ends now, not a little later as lists do: what has not happened yet would count as less. */
function period(search: ShellSearch, now: number = Date.now()): Range {
  if (isCustom(search)) return resolve(search, now);
  const to = Math.floor(now / 1000) * 1000;
  return { from: resolve(search, to).from, to: new Date(to).toISOString() };
}

export function homeQuery({ api, project }: Pick<Session, "api" | "project">, search: ShellSearch) {
  return queryOptions({
    queryKey: ["home", project, search.env, search.period, search.from, search.to],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/home", { params: { query: { ...period(search), environment: search.env } }, signal })),
    staleTime: 30_000,
    placeholderData: (previous) => previous,
  });
}

/** The demo and the tour through it; asked only in the demo's own project. */
export function demoQuery({ api, project }: Pick<Session, "api" | "project">) {
  return queryOptions({
    queryKey: ["demo", project],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/demo", { signal })),
    staleTime: 60_000,
  });
}
