import { Button, EmptyState, Loader } from "@mantine/core";
import { IconMessages, IconPencil } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { spansWithContentQuery } from "../../api/queries";
import type { Span } from "../../api/types";
import { ErrorNote } from "../../components/ErrorNote";
import { Duration, KindIcon } from "../../components/facts";
import { TroubleMarks } from "../../components/Problems";
import { TextDiff } from "../../components/TextDiff";
import { conversation, type Item } from "../../lib/conversation";
import { count, duration, durationExact, plural } from "../../lib/format";
import { useKeys } from "../../lib/keys";
import { buildLanes } from "../../lib/lanes";
import { unfold } from "../../lib/message";
import { troubles } from "../../lib/problems";
import { buildTree, nothingFolded, reveal } from "../../lib/tree";
import { useSession } from "../../session";
import { oneLine } from "./preview";
import { LongText, Parts } from "./Messages";
import type { TraceModel } from "./model";
import { NoContent } from "./NoContent";
import classes from "./Conversation.module.css";

interface Props {
  model: TraceModel;
  selected: string | undefined;
  onSelect: (span: string) => void;
  found: ReadonlySet<string>;
}

/** The trace as what was said and done, one after the other. */
export function Conversation({ model, selected, onSelect, found }: Props) {
  const [open, openLoop] = useOpenLoops(model, selected);
  const { items, loading, error, retry, more, onMore } = useItems(model, open);
  const scroll = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => 90,
    getItemKey: (i) => items[i]!.key,
    overscan: 6,
  });
  const index = useMemo(() => items.findIndex((i) => i.node.span.span_id === selected), [items, selected]);
  const placed = useRef(false);
  useEffect(() => {
    if (index < 0) return;
    virtual.scrollToIndex(index, { align: placed.current ? "auto" : "center" });
    placed.current = true;
  }, [index, virtual]);
  const go = useCallback(
    (step: 1 | -1) => {
      let to = index < 0 ? (step > 0 ? 0 : -1) : index;
      for (; items[to]?.node.span.span_id === selected; to += step);
      const item = items[to];
      if (item) onSelect(item.node.span.span_id);
    },
    [items, index, selected, onSelect],
  );
  useKeys("Conversation", [
    { keys: ["j", "ArrowDown"], what: "Next turn or step", run: () => go(1) },
    { keys: ["k", "ArrowUp"], what: "Turn or step before", run: () => go(-1) },
  ]);
  const shown = virtual.getVirtualItems();
  const last = shown.at(-1)?.index ?? -1;
  useEffect(() => {
    if (more && !loading && last >= items.length - 10) onMore();
  }, [more, loading, last, items.length, onMore]);

  if (items.length === 0 && !loading && !more) return <Nothing model={model} />;
  const lanes = new Set(items.map((i) => i.lane?.id)).size > 1;
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard
    <div ref={scroll} className={classes.scroll} role="feed" aria-label="Conversation" aria-busy={loading} tabIndex={0}>
      {error && <ErrorNote error={error} onRetry={retry} />}
      <div className={classes.items} style={{ height: virtual.getTotalSize() }}>
        {shown.map((row) => {
          const item = items[row.index]!;
          return (
            <div key={row.key} data-index={row.index} ref={virtual.measureElement} className={classes.place} style={{ transform: `translateY(${row.start}px)` }}>
              <One
                item={item}
                handOff={lanes && item.lane !== items[row.index - 1]?.lane}
                selected={item.node.span.span_id === selected}
                found={found.has(item.node.span.span_id)}
                onSelect={onSelect}
                onOpen={openLoop}
              />
            </div>
          );
        })}
      </div>
      {loading && <Loader size="xs" m="md" aria-label="Loading the messages" />}
    </div>
  );
}

/** The loops that are told call by call: those that the reader opened, and those around what was selected. */
function useOpenLoops(model: TraceModel, selected: string | undefined) {
  const [open, setOpen] = useState<ReadonlySet<string>>(nothingFolded.open);
  const [shownFor, setShownFor] = useState<string>();
  if (selected && shownFor !== selected) {
    setShownFor(selected);
    const next = reveal(model.tree, { closed: nothingFolded.closed, open }, selected).open;
    if (next !== open) setOpen(next);
  }
  const openLoop = useCallback((id: string) => setOpen((old) => new Set(old).add(id)), []);
  return [open, openLoop] as const;
}

function useItems(model: TraceModel, open: ReadonlySet<string>) {
  const session = useSession();
  const { trace } = model;
  const omitted = useMemo(() => trace.spans.some((s) => s.content === "omitted"), [trace.spans]);
  const query = useInfiniteQuery({ ...spansWithContentQuery(session, trace), enabled: omitted });
  const items = useMemo(() => {
    if (!omitted) return conversation(model.tree, model.lanes(), open);
    if (!query.data) return [];
    const whole = new Map(query.data.pages.flatMap((p) => p.items).map((s) => [s.span_id, s]));
    // Up to the last span that was loaded; what comes after it is not known yet.
    const spans = trace.spans.map((s): Span => ({ ...s, ...whole.get(s.span_id), problems: s.problems, repeat: s.repeat }));
    const tree = buildTree(spans);
    const end = query.hasNextPage ? Math.max(0, ...[...whole.keys()].map((id) => tree.byId.get(id)?.offset ?? 0)) : Number.POSITIVE_INFINITY;
    return conversation(tree, buildLanes(tree), open).filter((i) => i.node.offset <= end);
  }, [omitted, model, trace.spans, query.data, query.hasNextPage, open]);
  const { fetchNextPage } = query;
  return {
    items,
    loading: omitted && query.isFetching,
    error: query.error,
    retry: () => void query.refetch(),
    more: omitted && query.hasNextPage,
    onMore: useCallback(() => void fetchNextPage(), [fetchNextPage]),
  };
}

interface OneProps {
  item: Item;
  /** The one before belonged to another agent. */
  handOff: boolean;
  selected: boolean;
  found: boolean;
  onSelect: (span: string) => void;
  onOpen: (loop: string) => void;
}

const One = memo(function One({ item, handOff, selected, found, onSelect, onOpen }: OneProps) {
  const { node } = item;
  const { span } = node;
  return (
    <>
      {handOff && <div className={classes.lane}>{item.lane?.name ?? "outside of any agent's conversation"}</div>}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- the button in it does the same */}
      <article
        className={classes.item}
        data-as={item.as}
        data-role={item.message?.role}
        data-found={found || undefined}
        aria-current={selected || undefined}
        onClick={(e) => {
          if (!(e.target as Element).closest("a,button,summary,[role=textbox]") && !window.getSelection()?.toString()) onSelect(span.span_id);
        }}
      >
        <button type="button" className={classes.side} title={`Show the span; ${durationExact(item.at)} after the start`} onClick={() => onSelect(span.span_id)}>
          <span className={classes.who}>{who(item)}</span>
          <span className="muted num">{duration(item.at)}</span>
        </button>
        <div className={classes.what}>{item.as === "step" ? <Step span={span} ms={node.duration} times={item.times} onOpen={onOpen} /> : <Said item={item} />}</div>
      </article>
    </>
  );
});

function who(item: Item): string {
  if (item.as === "step") return item.node.span.kind;
  return item.message?.name || (item.lane ? "" : item.node.parent && item.node.span.agent?.name) || item.message?.role || "";
}

function Said({ item }: { item: Item }) {
  const { span } = item.node;
  const marks = item.as === "output" ? troubles(span) : [];
  if (item.as === "system") {
    const text = item.message?.parts[0]?.text ?? "";
    return (
      <details className={classes.system}>
        <summary>{item.before === undefined ? "System prompt" : <><IconPencil size={13} aria-hidden /> System prompt changed</>}, {plural(text.length, "character")}</summary>
        {item.before === undefined ? <LongText text={text} /> : <TextDiff before={item.before} after={text} />}
      </details>
    );
  }
  return (
    <>
      {marks.length > 0 && <div className={classes.marks}><TroubleMarks list={marks} /></div>}
      <Parts parts={item.message?.parts ?? []} brief />
    </>
  );
}

/** What an agent did: the tool with its arguments and result on a line each; the detail has them whole. */
function Step({ span, ms, times, onOpen }: { span: Span; ms: number | undefined; times: number | undefined; onOpen: (loop: string) => void }) {
  const docs = span.documents?.length ?? 0;
  const empty = span.kind === "retrieval" && docs === 0 && span.content !== "omitted";
  return (
    <>
      <div className={classes.stephead}>
        <KindIcon kind={span.kind} />
        <b className="clip">{span.tool?.name || span.name}</b>
        {times !== undefined && (
          <Button variant="default" size="compact-xs" className="num" title={`The same call ${plural(times, "time")}; show each`} onClick={() => onOpen(span.span_id)}>
            ×{count(times)}
          </Button>
        )}
        <TroubleMarks list={troubles(span)} />
        <span className="muted"><Duration ms={ms} unfinished={ms === undefined} /></span>
      </div>
      {span.tool?.arguments !== undefined && <div className={`${classes.line} mono`}><span className="muted">in </span>{oneLine(unfold(span.tool.arguments))}</div>}
      {span.tool?.result !== undefined && span.tool.result !== null && <div className={`${classes.line} mono`}><span className="muted">out </span>{oneLine(unfold(span.tool.result))}</div>}
      {docs > 0 && <div className={classes.line}>{plural(docs, "document")}: {span.documents!.slice(0, 5).map((d) => d.id || oneLine(d.content, 40)).join(", ")}</div>}
      {empty && <div className={classes.line}>No documents.</div>}
      {span.status.code === "error" && span.status.message && <div className={classes.line}>{span.status.message}</div>}
    </>
  );
}

function Nothing({ model }: { model: TraceModel }) {
  const call = [...model.tree.byId.values()].find((n) => n.span.kind === "llm");
  if (call) return <div className={classes.nothing}><NoContent span={call.span} /></div>;
  return (
    <EmptyState
      p="xl"
      icon={<IconMessages size={32} stroke={1.3} aria-hidden />}
      title="No conversation"
      description="No span of this trace is a model call, a tool or a search, and the outermost spans carry no messages."
    />
  );
}
