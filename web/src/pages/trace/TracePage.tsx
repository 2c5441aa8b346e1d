import { Loader, Splitter } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { traceQuery } from "../../api/queries";
import type { TraceDetail } from "../../api/types";
import { Broken } from "../../components/Broken";
import type { SpanTab } from "../../lib/search";
import { buildTree } from "../../lib/tree";
import { useSession } from "../../session";
import { SpanDetail } from "./SpanDetail";
import { SpanTree } from "./SpanTree";
import { TraceHeader } from "./TraceHeader";
import classes from "./Trace.module.css";

const pollMs = 3000;

/** One trace: what it was, its spans as a tree over time, and the selected span. */
export function TracePage() {
  const session = useSession();
  const { traceId } = useParams({ from: "/shell/traces/$traceId" });
  const query = useQuery({
    ...traceQuery(session, traceId),
    refetchInterval: ({ state }) => (state.data?.unfinished ? pollMs : false),
  });
  if (query.isPending) return <Loader size="sm" m="xl" />;
  if (!query.data) return <Broken error={query.error ?? new Error("The trace did not come.")} />;
  return <Loaded trace={query.data} />;
}

function Loaded({ trace }: { trace: TraceDetail }) {
  const search = useSearch({ from: "/shell/traces/$traceId" });
  const navigate = useNavigate({ from: "/traces/$traceId" });
  const tree = useMemo(() => buildTree(trace.spans), [trace.spans]);
  const chosen = search.span ? tree.byId.get(search.span) : undefined;
  const node = chosen ?? tree.byId.get(trace.root_span_id) ?? tree.roots[0];
  const select = useCallback(
    (span: string) => void navigate({ search: (old) => ({ ...old, span }), replace: true }),
    [navigate],
  );
  const show = useCallback(
    (tab: SpanTab) => void navigate({ search: (old) => ({ ...old, tab: tab === "content" ? undefined : tab }), replace: true }),
    [navigate],
  );
  return (
    <div className={classes.page}>
      <TraceHeader trace={trace} />
      <Splitter className={classes.split} lineSize={1} handleColor="var(--line)" withHandle={false}>
        <Splitter.Pane defaultSize={52} min={25} className={classes.pane}>
          <SpanTree tree={tree} selected={node?.span.span_id} onSelect={select} missing={search.span && !chosen ? search.span : undefined} />
        </Splitter.Pane>
        <Splitter.Pane defaultSize={48} min={25} className={classes.pane}>
          {node && <SpanDetail key={node.span.span_id} node={node} tab={search.tab ?? "content"} onTab={show} />}
        </Splitter.Pane>
      </Splitter>
    </div>
  );
}
