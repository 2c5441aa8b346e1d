import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { viewsQuery } from "../../api/explore";
import type { SavedView } from "../../api/types";
import { printLayout } from "../../lib/layout";
import { isPeriod } from "../../lib/period";
import type { ListSearch, ShellSearch } from "../../lib/search";
import { useSession } from "../../session";

type Search = ListSearch & ShellSearch;

/** The address of a view. A period that the view does not name stays as it is. */
export function viewSearch(view: SavedView): Search {
  const period = isPeriod(view.period) ? { period: view.period, from: undefined, to: undefined } : {};
  return {
    view: view.id, filter: view.filter || undefined, sort: view.sort || undefined, env: view.environment || undefined,
    cols: view.columns ? printLayout(view.columns) : undefined, ...period,
  };
}

/**
 * An address with nothing but a view's name, as others link to it, gets what the view shows written out. Answers true
 * until that is done.
 */
export function useNamedView(list: SavedView["list"], search: Search, change: (next: Search) => void): boolean {
  const session = useSession();
  const bare = search.view !== undefined && !search.filter && !search.sort && !search.cols;
  const { data, isError } = useQuery({ ...viewsQuery(session, list), enabled: search.view !== undefined });
  const view = data?.find((v) => v.id === search.view);
  const next = view && viewSearch(view);
  const named = next !== undefined && Boolean(next.filter || next.sort || next.cols);
  const waits = bare && !isError && (data === undefined || named);
  useEffect(() => {
    if (bare && named && next) change(next);
    // eslint-disable-next-line react-hooks/exhaustive-deps -- once for a view
  }, [bare, named, search.view]);
  return waits;
}
