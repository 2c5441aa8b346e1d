import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { useEffect, useMemo } from "react";
import { sessionQuery, tracesQuery } from "../../api/queries";
import type { Trace, TraceDetail } from "../../api/types";
import { fromList, type TraceSearch, type TraceView } from "../../lib/search";
import { between } from "../../lib/time";
import { useSession } from "../../session";

export interface Neighbour {
  traceId: string;
  search: TraceSearch;
}

/** Where the trace stands among others: in the list that the reader came from, else among the turns of its session. */
export interface Neighbours {
  of: "list" | "session";
  /** Counted from 1; 0 where the trace is not among those that were loaded. */
  place: number;
  known: number;
  /** Whether there are more than those known. */
  more: boolean;
  before: Neighbour | undefined;
  after: Neighbour | undefined;
}

/** A trace deeper in its list than these pages is shown without its neighbours. */
const mostPages = 5;

export function useNeighbours(trace: TraceDetail, turns: Trace[] | undefined, view: TraceView | undefined): Neighbours | undefined {
  const session = useSession();
  const search = useSearch({ from: "/shell/traces/$traceId" });
  const listed = search.list === "1";
  const list = useInfiniteQuery({
    ...tracesQuery(session, search),
    enabled: listed,
    staleTime: Number.POSITIVE_INFINITY, // the reader walks the list that was shown
  });
  const { fetchNextPage, hasNextPage, isFetching, data } = list;
  const rows = useMemo(() => data?.pages.flatMap((p) => p.items) ?? [], [data]);
  const place = rows.findIndex((t) => t.trace_id === trace.trace_id);
  const wanted = listed && hasNextPage && !isFetching && (place === rows.length - 1 || (place < 0 && (data?.pages.length ?? 0) < mostPages));
  useEffect(() => {
    if (wanted) void fetchNextPage();
  }, [wanted, fetchNextPage]);

  if (listed) {
    if (rows.length === 0) return undefined;
    const to = (t: Trace | undefined) => t && { traceId: t.trace_id, search: { ...fromList(t, search), view } };
    return {
      of: "list", place: place + 1, known: rows.length, more: hasNextPage,
      before: place > 0 ? to(rows[place - 1]) : undefined, after: place >= 0 ? to(rows[place + 1]) : undefined,
    };
  }
  if (!turns || turns.length < 2) return undefined;
  const turn = turns.findIndex((t) => t.trace_id === trace.trace_id);
  const to = (t: Trace | undefined) => t && { traceId: t.trace_id, search: { view } };
  return { of: "session", place: turn + 1, known: turns.length, more: false, before: turn > 0 ? to(turns[turn - 1]) : undefined, after: turn >= 0 ? to(turns[turn + 1]) : undefined };
}

/** The turns of the trace's session, oldest first; undefined until they are known, or where it names no session. */
export function useTurns(trace: TraceDetail): Trace[] | undefined {
  const session = useSession();
  const { data } = useQuery({ ...sessionQuery(session, trace.session), enabled: trace.session !== "", staleTime: 60_000 });
  return useMemo(() => data?.traces.toSorted((a, b) => between(b.start, a.start) ?? 0), [data]);
}
