import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useEffect, useState } from "react";
import type { TraceSearch } from "../../lib/search";

/** Browsers refuse hundreds of changes of the address in a row; a held key writes it when it is let go. */
const writeAfterMs = 150;

/**
 * The page's state, which is its address. A change shows at once and is written to the address a moment later; a change
 * of the address from elsewhere, such as a link or the browser's back, wins.
 */
export function useTraceState(): [TraceSearch, (change: TraceSearch) => void] {
  const search = useSearch({ from: "/shell/traces/$traceId" });
  const navigate = useNavigate({ from: "/traces/$traceId" });
  const [seen, setSeen] = useState<TraceSearch>(search);
  const [pending, setPending] = useState<TraceSearch>();
  const [written, setWritten] = useState<TraceSearch>();
  if (seen !== search) {
    setSeen(search);
    setWritten(undefined);
    if (!written || !holds(search, written)) setPending(undefined);
  }
  useEffect(() => {
    if (!pending) return;
    const timer = setTimeout(() => {
      setWritten(pending);
      void navigate({ search: (old) => ({ ...old, ...pending }), replace: true });
    }, writeAfterMs);
    return () => clearTimeout(timer);
  }, [pending, navigate]);
  const set = useCallback((change: TraceSearch) => setPending((old) => ({ ...old, ...change })), []);
  return [{ ...search, ...pending }, set];
}

function holds(search: TraceSearch, change: TraceSearch): boolean {
  return (Object.keys(change) as (keyof TraceSearch)[]).every((key) => search[key] === change[key]);
}
