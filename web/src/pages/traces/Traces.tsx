import { ActionIcon, Switch, Tooltip } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { IconLayoutSidebarLeftExpand } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useRouter, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo, useState } from "react";
import { ApiError } from "../../api/client";
import { newestTracesQuery, tracesQuery } from "../../api/queries";
import type { SavedView, Trace } from "../../api/types";
import { EmptyList } from "../../components/EmptyList";
import { ErrorNote } from "../../components/ErrorNote";
import { FilterBox } from "../../components/FilterBox";
import { RowTable } from "../../components/RowTable";
import { SearchedNote } from "../../components/SearchedNote";
import { combine } from "../../lib/filter";
import { printLayout, resize } from "../../lib/layout";
import { isCustom, type Range } from "../../lib/period";
import { fromList, nextSort, type ListSearch, type ShellSearch } from "../../lib/search";
import { useSession } from "../../session";
import { ColumnMenu } from "./ColumnMenu";
import { filledLayout, laidOut } from "./columns";
import { Facets } from "./Facets";
import { Histogram } from "./Histogram";
import { LiveNote } from "./LiveNote";
import classes from "./Traces.module.css";
import { useLayout } from "./useLayout";
import { useNamedView, viewSearch } from "./useNamedView";
import { useTail } from "./useTail";
import { ViewMenu, type ViewBody } from "./ViewMenu";

const nothingHidden = {};

export function Traces() {
  const session = useSession();
  const search = useSearch({ from: "/shell/traces" });
  const navigate = useNavigate({ from: "/traces" });
  const router = useRouter();
  const queryClient = useQueryClient();
  const [facets, setFacets] = useLocalStorage({ key: "steward.traces.facets", defaultValue: true, getInitialValueInEffect: false });
  const change = useCallback(
    (next: ListSearch & ShellSearch, replace = true) => void navigate({ search: (old) => ({ ...old, ...next }), replace }),
    [navigate],
  );
  const naming = useNamedView("traces", search, change);
  const live = search.live === "1" && !isCustom(search);
  const [top, setTop] = useState(true);
  const drawing = live && top;

  const query = useInfiniteQuery({ ...tracesQuery(session, search), enabled: !naming });
  const newest = useQuery({ ...newestTracesQuery(session, search), enabled: live && !naming });
  const { refetch } = newest;
  const draw = useCallback(() => void refetch({ cancelRefetch: false }), [refetch]);
  const tail = useTail(drawing, search, draw);
  const { fetchNextPage } = query;
  const rows = useMemo(
    () => (live ? newest.data?.items : undefined) ?? query.data?.pages.flatMap((p) => p.items) ?? [],
    [live, newest.data, query.data],
  );
  const [chosen, setLayout] = useLayout(search.cols, (cols) => change({ cols }));
  const layout = useMemo(() => chosen ?? filledLayout(rows), [chosen, rows]);
  const columns = useMemo(() => laidOut(layout), [layout]);
  const widths = useMemo(() => Object.fromEntries(layout.flatMap((c) => (c.width ? [[c.id, c.width]] : []))), [layout]);

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
      else change({ filter: filter || undefined, view: filter || search.sort ? search.view : undefined });
    },
    [change, queryClient, search],
  );
  const narrow = useCallback((range: Range) => change({ ...range, period: undefined, live: undefined }, false), [change]);

  const body: ViewBody = {
    filter: search.filter, environment: search.env, period: isCustom(search) ? undefined : search.period, sort: search.sort,
    columns: chosen && chosen.map(({ id, width }) => ({ id, width })),
  };
  const openView = (view: SavedView) => change(viewSearch(view), false);
  const link = () => {
    const here = { ...search, live: undefined, cols: printLayout(layout), project: session.project };
    return window.location.origin + router.buildLocation({ to: "/traces", search: here }).href;
  };

  const badFilter = query.error instanceof ApiError && query.error.code === "invalid";
  const empty = !query.error && !query.isPending && rows.length === 0 && !query.hasNextPage;
  return (
    <div className={classes.page}>
      <div className={classes.bar}>
        {!facets && (
          <Tooltip label="Facets">
            <ActionIcon variant="default" size={30} aria-label="Show the facets" onClick={() => setFacets(true)}><IconLayoutSidebarLeftExpand size={16} aria-hidden /></ActionIcon>
          </Tooltip>
        )}
        <ViewMenu list="traces" current={search.view} body={body} onOpen={openView} onSaved={(view) => change({ view: view?.id })} link={link} />
        <div className={classes.box}>
          <FilterBox
            value={search.filter ?? ""}
            onSubmit={submit}
            period={search}
            error={query.error}
            shift={combine(search.filter, search.env).shift}
            placeholder={'Filter, for example: status:error model:gpt-4o* duration>2s "refund policy"    ( / )'}
          />
        </div>
        <ColumnMenu layout={layout} onChange={setLayout} />
      </div>
      <Histogram search={search} onRange={narrow} live={live} />
      <div className={`${classes.note} muted`}>
        {live
          ? <LiveNote tail={tail} held={!top} rows={rows.length} />
          : <SearchedNote count={rows.length} noun="trace" hasMore={query.hasNextPage} searched={query.data?.pages.at(-1)?.searched} loading={query.isPending} unread={badFilter} />}
        <Switch
          label="Live"
          checked={live}
          disabled={isCustom(search)}
          title={isCustom(search) ? "A custom period does not move" : "Draws what comes in, as it comes"}
          onChange={(e) => change({ live: e.currentTarget.checked ? "1" : undefined })}
        />
      </div>
      {query.error && !badFilter && (
        <div className={classes.bar}><ErrorNote error={query.error} onRetry={() => void query.refetch()} /></div>
      )}
      <div className={classes.body}>
        {facets && <Facets search={search} onFilter={submit} onClose={() => setFacets(false)} />}
        {empty ? (
          <EmptyList list="traces" search={search} />
        ) : (
          <RowTable
            label="Traces"
            columns={columns}
            hidden={nothingHidden}
            widths={widths}
            onWidth={(id, width) => setLayout(resize(layout, id, width))}
            onTop={setTop}
            rows={rows}
            rowKey={rowKey}
            onOpen={open}
            sort={search.sort}
            onSort={(field) => change({ sort: nextSort(search.sort, field) })}
            hasMore={!live && query.hasNextPage}
            loadingMore={query.isFetchingNextPage || query.isPending}
            onMore={more}
            stale={query.isPlaceholderData || badFilter}
            foot={!query.hasNextPage && rows.length > 0 ? "That is all in this period." : live ? "Live shows the newest; older ones are in the list that stands still." : null}
          />
        )}
      </div>
    </div>
  );
}

function rowKey(t: Trace): string {
  return t.trace_id;
}
