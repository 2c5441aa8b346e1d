import { Loader, Splitter } from "@mantine/core";
import { useLocalStorage, type SplitterPaneSize } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useRouter } from "@tanstack/react-router";
import { lazy, Suspense, useCallback, useDeferredValue, useMemo, useState } from "react";
import { traceQuery } from "../../api/queries";
import type { TraceDetail } from "../../api/types";
import { Broken } from "../../components/Broken";
import { useNotice } from "../../components/Notice";
import { copyText } from "../../lib/clipboard";
import { useKeys } from "../../lib/keys";
import { useSession } from "../../session";
import { Conversation } from "./Conversation";
import { modelOf } from "./model";
import { SpanDetail } from "./SpanDetail";
import { TraceBar } from "./TraceBar";
import { TraceHeader } from "./TraceHeader";
import { useFound } from "./useFound";
import { useNeighbours, useTurns } from "./useNeighbours";
import { useTraceState } from "./useTraceState";
import { Waterfall } from "./Waterfall";
import classes from "./Trace.module.css";

const Graph = lazy(() => import("./Graph"));

/** How often an unfinished trace is asked for again; a large one less often. */
function pollMs(trace: TraceDetail): number | false {
  if (!trace.unfinished) return false;
  return trace.spans.length > 2000 ? 15_000 : 3000;
}

/** One trace: what it was, its spans in one of three views, and the selected span. */
export function TracePage() {
  const session = useSession();
  const { traceId } = useParams({ from: "/shell/traces/$traceId" });
  const query = useQuery({ ...traceQuery(session, traceId), refetchInterval: ({ state }) => (state.data ? pollMs(state.data) : false) });
  if (query.isPending) return <Loader size="sm" m="xl" aria-label="Loading the trace" />;
  if (!query.data) return <Broken error={query.error ?? new Error("The trace did not come.")} />;
  return <Loaded key={traceId} trace={query.data} />;
}

function Loaded({ trace }: { trace: TraceDetail }) {
  const navigate = useNavigate();
  const router = useRouter();
  const session = useSession();
  const [state, setState] = useTraceState();
  const [sizes, setSizes] = useLocalStorage<SplitterPaneSize[]>({ key: "steward.trace.split", defaultValue: [54, 46], getInitialValueInEffect: false });
  const model = useMemo(() => modelOf(trace), [trace]);
  const chosen = state.span ? model.tree.byId.get(state.span) : undefined;
  const missing = state.span && !chosen ? state.span : undefined;
  const [start] = useState(model.first?.span.span_id); // a running trace's new spans do not move the reader
  const node = chosen ?? model.tree.byId.get(start ?? "") ?? model.first;
  const detailed = useDeferredValue(node); // a held key moves through the spans without drawing each
  const selected = node?.span.span_id;
  const view = state.view ?? "waterfall";
  const select = useCallback((span: string) => setState({ span }), [setState]);
  const fold = useCallback((folds: string | undefined) => setState({ folds }), [setState]);
  const found = useFound(model, state.find ?? "");
  const turns = useTurns(trace);
  const neighbours = useNeighbours(trace, turns, state.view);
  const [notice, say] = useNotice();

  const go = (to: "before" | "after") => {
    const next = neighbours?.[to];
    if (next) void navigate({ to: "/traces/$traceId", params: { traceId: next.traceId }, search: next.search, replace: true });
  };
  // Written out, so that it means the same to whoever opens it: the project, and the span that is shown by itself.
  const link = () => {
    const search = { ...state, span: selected, project: session.project };
    return window.location.origin + router.buildLocation({ to: "/traces/$traceId", params: { traceId: trace.trace_id }, search }).href;
  };
  const copyLink = async () => say((await copyText(link())) ? "Link copied" : "The browser did not allow copying");
  useKeys("Trace", [
    { keys: ["1"], what: "Waterfall", run: () => setState({ view: undefined }) },
    { keys: ["2"], what: "Conversation", run: () => setState({ view: "conversation" }) },
    { keys: ["3"], what: "Graph of agents and tools", run: () => setState({ view: "graph" }) },
    { keys: ["["], what: "Trace before, of the list or the session", run: () => go("before") },
    { keys: ["]"], what: "Next trace", run: () => go("after") },
    { keys: ["c"], what: "Copy the link to what is shown", run: () => void copyLink() },
    { keys: ["m"], what: "All messages of a model call, or only the new ones", run: () => setState({ all: state.all ? undefined : "1" }) },
  ]);
  return (
    <div className={classes.page}>
      <TraceHeader trace={trace} turns={turns} neighbours={neighbours} onGo={go} link={link} />
      <TraceBar
        model={model}
        selected={selected}
        onSelect={select}
        view={view}
        onView={(v) => setState({ view: v === "waterfall" ? undefined : v })}
        text={state.find ?? ""}
        onFind={(find) => setState({ find: find || undefined })}
        found={found}
      />
      {missing && <div className={classes.missing}>Span {missing} is not in this trace; where the trouble began is shown instead.</div>}
      <Splitter
        className={classes.split}
        lineSize={1}
        handleColor="var(--line)"
        withHandle={false}
        sizes={sizes}
        onSizeChange={setSizes}
      >
        <Splitter.Pane defaultSize={54} min={25} className={classes.pane}>
          {view === "waterfall" && (
            <Waterfall
              model={model}
              selected={selected}
              onSelect={select}
              found={found.set}
              folded={state.folds}
              onFolded={fold}
              zoom={state.zoom}
              onZoom={(zoom) => setState({ zoom })}
            />
          )}
          {view === "conversation" && <Conversation model={model} selected={selected} onSelect={select} found={found.set} />}
          {view === "graph" && (
            <Suspense fallback={<Loader size="xs" m="md" aria-label="Loading the graph" />}>
              <Graph model={model} selected={selected} onSelect={select} />
            </Suspense>
          )}
        </Splitter.Pane>
        <Splitter.Pane defaultSize={46} min={25} className={classes.pane}>
          {detailed && <SpanDetail key={detailed.span.span_id} model={model} node={detailed} state={state} onState={setState} />}
        </Splitter.Pane>
      </Splitter>
      {notice}
    </div>
  );
}
