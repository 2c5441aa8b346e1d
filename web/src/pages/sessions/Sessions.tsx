import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { ApiError } from "../../api/client";
import { sessionsQuery } from "../../api/queries";
import type { Session } from "../../api/types";
import { EmptyList } from "../../components/EmptyList";
import { ErrorNote } from "../../components/ErrorNote";
import { FilterBox } from "../../components/FilterBox";
import { RowTable } from "../../components/RowTable";
import { SearchedNote } from "../../components/SearchedNote";
import { combine } from "../../lib/filter";
import { nextSort, type ListSearch, type ShellSearch } from "../../lib/search";
import { useSession } from "../../session";
import classes from "../traces/Traces.module.css";
import { columns } from "./columns";

const nothingHidden = {};

/** Conversations and agent runs: the sessions that traces name. */
export function Sessions() {
  const session = useSession();
  const search = useSearch({ from: "/shell/sessions" });
  const navigate = useNavigate({ from: "/sessions" });
  const query = useInfiniteQuery(sessionsQuery(session, search));
  const { fetchNextPage } = query;
  const rows = useMemo(() => query.data?.pages.flatMap((p) => p.items) ?? [], [query.data]);
  const change = useCallback(
    (next: ListSearch & ShellSearch) => void navigate({ search: (old) => ({ ...old, ...next }), replace: true }),
    [navigate],
  );
  const open = useCallback(
    (s: Session, newTab: boolean) => {
      if (newTab) window.open(`/sessions/${encodeURIComponent(s.session)}`, "_blank", "noopener");
      else void navigate({ to: "/sessions/$sessionId", params: { sessionId: s.session } });
    },
    [navigate],
  );
  const more = useCallback(() => void fetchNextPage(), [fetchNextPage]);
  const badFilter = query.error instanceof ApiError && query.error.code === "invalid";
  return (
    <div className={classes.page}>
      <div className={classes.bar}>
        <div className={classes.box}>
        <FilterBox
          value={search.filter ?? ""}
          onSubmit={(filter) => change({ filter: filter || undefined })}
          period={search}
          error={query.error}
          shift={combine(search.filter, search.env).shift}
          placeholder="Filter, for example: user:ann status:error score.reward<0.5    ( / )"
        />
        </div>
      </div>
      <div className={`${classes.note} muted`}>
        <SearchedNote
          count={rows.length}
          noun="session"
          hasMore={query.hasNextPage}
          searched={query.data?.pages.at(-1)?.searched}
          loading={query.isPending}
          unread={badFilter}
        />
      </div>
      {query.error && !badFilter && (
        <div className={classes.bar}><ErrorNote error={query.error} onRetry={() => void query.refetch()} /></div>
      )}
      {!query.error && !query.isPending && rows.length === 0 && !query.hasNextPage ? (
        <EmptyList list="sessions" search={search} />
      ) : (
        <RowTable
          label="Sessions"
          columns={columns}
          hidden={nothingHidden}
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

function rowKey(s: Session): string {
  return s.session;
}
