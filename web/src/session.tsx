import { QueryClient, queryOptions, useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { ApiError, makeClient, unwrap, type Api } from "./api/client";
import type { Me } from "./api/types";

/** Who is signed in. Asked once per visit; a 401 anywhere later sends to the sign-in page. */
export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: ({ signal }) => unwrap(makeClient().GET("/api/v1/me", { signal })),
  staleTime: Number.POSITIVE_INFINITY,
  retry: false,
});

/** Failures that another try will not mend are not tried again. */
export function retry(failures: number, error: Error): boolean {
  if (!(error instanceof ApiError)) return false;
  return failures < 2 && (error.status === 0 || error.status === 502 || error.status === 503);
}

export function newQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: { queries: { retry, staleTime: 10_000, refetchOnWindowFocus: false } },
  });
}

export interface Session {
  me: Me;
  project: string;
  api: Api;
  may: (action: string) => boolean;
}

/** The signed-in user and a client for the chosen project. Only below the shell, which loads Me first. */
export function useSession(): Session {
  const { data: me } = useQuery(meQuery);
  const search = useSearch({ strict: false });
  if (!me) throw new Error("useSession is used outside the shell");
  const project = search.project ?? me.project;
  return useMemo(() => {
    const actions = new Set(me.actions);
    return { me, project, api: makeClient({ project, csrf: me.csrf }), may: (action) => actions.has(action) };
  }, [me, project]);
}
