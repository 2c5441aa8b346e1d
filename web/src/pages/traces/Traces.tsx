import { Switch } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useRouter, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { tracesQuery } from "../../api/queries";
import type { Trace } from "../../api/types";
import { ErrorNote } from "../../components/ErrorNote";
import { FilterBox } from "../../components/FilterBox";
import { RowTable } from "../../components/RowTable";
import { SearchedNote } from "../../components/SearchedNote";
import { ApiError } from "../../api/client";
import { combine } from "../../lib/filter";
import { isCustom } from "../../lib/period";
import { fromList, nextSort, type ListSearch } from "../../lib/search";
import { useSession } from "../../session";
import { ColumnMenu } from "./ColumnMenu";
import { columns, hiddenColumns } from "./columns";
import { EmptyTraces } from "./EmptyTraces";
import classes from "./Traces.module.css";

const pollMs = 3000;

export function Traces() {
  const session = useSession();
  const search = useSearch({ from: "/shell/traces" });
  const navigate = useNavigate({ from: "/traces" });
  const router = useRouter();
  const queryClient = useQueryClient();
  const live = search.live === "1" && !isCustom(search);
  const options = tracesQuery(session, search);
  const query = useInfiniteQuery({ ...options, refetchInterval: live ? pollMs : false });
  const { fetchNextPage } = query;
  const rows = useMemo(() => query.data?.pages.flatMap((p) => p.items) ?? [], [query.data]);
  const [chosen, setChosen] = useLocalStorage<Record<string, boolean>>({ key: "steward.traces.columns", defaultValue: {} });
  const hidden = useMemo(() => hiddenColumns(rows, chosen), [rows, chosen]);

  const change = useCallback(
    (next: ListSearch) => void navigate({ search: (old) => ({ ...old, ...next }), replace: true }),
    [navigate],
  );
  const open = useCallback(
    (t: Trace, newTab: boolean) => {
      const to = { to: "/traces/$traceId", params: { traceId: t.trace_id }, search: fromList(t, search) } as const;
      if (newTab) window.open(router.buildLocation(to).href, "_blank", "noopener");
      else void navigate(to);
    },
    [navigate, router, search],
  );
  const more = useCallback(() => void fetchNextPage(), [fetchNextPage]);
  const submit = useCallback(
    (filter: string) => {
      if (filter === (search.filter ?? "")) void queryClient.resetQueries({ queryKey: ["traces"] });
      else change({ filter: filter || undefined });
    },
    [change, queryClient, search.filter],
  );

  const searched = query.data?.pages.at(-1)?.searched;
  const badFilter = query.error instanceof ApiError && query.error.code === "invalid";
  const first = query.data?.pages[0];
  return (
    <div className={classes.page}>
      <div className={classes.bar}>
        <FilterBox
          value={search.filter ?? ""}
          onSubmit={submit}
          period={search}
          error={query.error}
          shift={combine(search.filter, search.env).shift}
          placeholder={'Filter, for example: status:error model:gpt-4o* duration>2s "refund policy"    ( / )'}
        />
        <ColumnMenu hidden={hidden} onChange={setChosen} />
      </div>
      <div className={`${classes.note} muted`}>
        <SearchedNote count={rows.length} noun="trace" hasMore={query.hasNextPage} searched={searched} loading={query.isPending} unread={badFilter} />
        <Switch
          label="Live"
          checked={live}
          disabled={isCustom(search)}
          title={isCustom(search) ? "A custom period does not move" : `Asks again every ${pollMs / 1000} s`}
          onChange={(e) => change({ live: e.currentTarget.checked ? "1" : undefined })}
        />
      </div>
      {query.error && !badFilter && (
        <div className={classes.bar}><ErrorNote error={query.error} onRetry={() => void query.refetch()} /></div>
      )}
      {!query.error && !query.isPending && rows.length === 0 && !query.hasNextPage ? (
        <EmptyTraces search={search} range={first?.range} />
      ) : (
        <RowTable
          label="Traces"
          columns={columns}
          hidden={hidden}
          rows={rows}
          rowKey={rowKey}
          onOpen={open}
          sort={search.sort}
          onSort={(field) => change({ sort: nextSort(search.sort, field) })}
          hasMore={query.hasNextPage}
          loadingMore={query.isFetchingNextPage || query.isPending}
          onMore={more}
          stale={query.isPlaceholderData || badFilter}
          foot={!query.hasNextPage && rows.length > 0 ? "That is all in this period." : null}
        />
      )}
    </div>
  );
}

function rowKey(t: Trace): string {
  return t.trace_id;
}
