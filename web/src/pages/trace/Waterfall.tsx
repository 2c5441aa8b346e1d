import { ActionIcon, Tooltip } from "@mantine/core";
import { IconArrowsMaximize, IconArrowsMinimize, IconZoomOut } from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Span } from "../../api/types";
import { duration, plural } from "../../lib/format";
import { noteFold, readFolds, withFold } from "../../lib/folds";
import { useKeys } from "../../lib/keys";
import { endOf, ticks, type Stretch } from "../../lib/timeline";
import { foldAll, isAbove, reveal, unfoldAll, visibleRows, type Folds, type Node } from "../../lib/tree";
import type { TraceModel } from "./model";
import { Row } from "./WaterfallRow";
import classes from "./Waterfall.module.css";

interface Props {
  model: TraceModel;
  selected: string | undefined;
  onSelect: (span: string) => void;
  found: ReadonlySet<string>;
  /** The folds as the link has them; read when the view comes up. */
  folded: string | undefined;
  onFolded: (folded: string | undefined) => void;
  zoom: string | undefined;
  onZoom: (span: string | undefined) => void;
}

const rowHeight = 26;

/** The spans in reading order with their bars over time. */
export function Waterfall({ model, selected, onSelect, found, folded, onFolded, zoom, onZoom }: Props) {
  const { tree } = model;
  const [folds, rows, setFolds] = useFolds(model, selected, folded);
  const index = useMemo(() => rows.findIndex((n) => n.span.span_id === selected), [rows, selected]);
  const scroll = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => rowHeight,
    overscan: 12,
  });
  useEffect(() => {
    if (index >= 0) virtual.scrollToIndex(index, { align: "auto" });
  }, [index, virtual]);

  const fold = useCallback(
    (node: Node<Span>, shut: boolean) => {
      const id = node.span.span_id;
      setFolds((old) => withFold(old, node, shut));
      onFolded(noteFold(folded, id, shut));
      const at = selected ? tree.byId.get(selected) : undefined;
      if (shut && at && (isAbove(node, at) || insideLoop(node, at))) onSelect(id);
    },
    [setFolds, selected, tree, onSelect, folded, onFolded],
  );
  const go = (to: number) => {
    const node = rows[Math.min(Math.max(0, to), rows.length - 1)];
    if (node) onSelect(node.span.span_id);
  };
  const left = () => {
    const node = rows[index];
    if (!node) return;
    if (isOpen(node, folds)) fold(node, true);
    else if (node.lead) onSelect(node.lead.span.span_id);
    else if (node.parent) onSelect(node.parent.span.span_id);
  };
  const right = () => {
    const node = rows[index];
    if (!node || (node.children.length === 0 && !node.loop)) return;
    if (isShut(node, folds)) fold(node, false);
    else go(index + 1);
  };
  const zoomed = zoom ? tree.byId.get(zoom) : undefined;
  useKeys("Waterfall", [
    { keys: ["j", "ArrowDown"], what: "Next span", run: () => go(index + 1) },
    { keys: ["k", "ArrowUp"], what: "Span before", run: () => go(index - 1) },
    { keys: ["h", "ArrowLeft"], what: "Fold, or go to the parent", run: left },
    { keys: ["l", "ArrowRight"], what: "Unfold, or go to the first child", run: right },
    { keys: ["Home"], what: "First span", run: () => go(0) },
    { keys: ["End"], what: "Last span", run: () => go(rows.length - 1) },
    { keys: ["z"], what: "Narrow the time to the selected span, or show all of it", run: () => onZoom(zoomed ? undefined : selected) },
  ]);

  const window: Stretch = useMemo(
    () => (zoomed ? { from: zoomed.offset, to: endOf(zoomed, tree.length) } : { from: 0, to: tree.length }),
    [zoomed, tree],
  );
  const foldEverything = () => {
    setFolds(foldAll(tree));
    onFolded("all");
    let top = selected ? tree.byId.get(selected) : undefined;
    while (top && (top.lead ?? top.parent?.parent)) top = top.lead ?? top.parent;
    if (top) onSelect(top.span.span_id);
  };
  const unfoldEverything = () => {
    setFolds(unfoldAll(tree));
    onFolded("none");
  };
  return (
    <div className={classes.view}>
      <div className={classes.head}>
        <span className={`${classes.count} num clip`}>
          {plural(tree.byId.size, "span")} over {duration(tree.length)}
          {rows.length < tree.byId.size && `, ${plural(rows.length, "row")}`}
        </span>
        {zoomed
          ? <Tooltip label="Show all of the time  z"><ActionIcon size="sm" variant="light" color="accent" aria-label="Show all of the time" onClick={() => onZoom(undefined)}><IconZoomOut size={14} aria-hidden /></ActionIcon></Tooltip>
          : <span />}
        <Tooltip label="Fold all"><ActionIcon size="sm" aria-label="Fold all" onClick={foldEverything}><IconArrowsMinimize size={14} aria-hidden /></ActionIcon></Tooltip>
        <Tooltip label="Unfold all"><ActionIcon size="sm" aria-label="Unfold all" onClick={unfoldEverything}><IconArrowsMaximize size={14} aria-hidden /></ActionIcon></Tooltip>
        <Axis window={window} />
      </div>
      <div
        ref={scroll}
        className={classes.scroll}
        role="tree"
        aria-label="Spans"
        tabIndex={0}
        aria-activedescendant={index >= 0 ? `span-${selected}` : undefined}
      >
        <div className={classes.rows} style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const node = rows[item.index]!;
            const id = node.span.span_id;
            return (
              <Row
                key={id}
                node={node}
                model={model}
                y={item.start}
                window={window}
                selected={item.index === index}
                folds={folds}
                found={found.has(id)}
                onSelect={onSelect}
                onFold={fold}
              />
            );
          })}
        </div>
      </div>
    </div>
  );
}

/** The folds, kept open above the selected span, and the rows that they leave. */
function useFolds(model: TraceModel, selected: string | undefined, folded: string | undefined) {
  const { tree } = model;
  const [folds, setFolds] = useState<Folds>(() => readFolds(tree, folded));
  const [shownFor, setShownFor] = useState<string>();
  let open = folds;
  if (selected && shownFor !== selected) { // only a new selection unfolds; folding above it moves it
    open = reveal(tree, folds, selected);
    setShownFor(selected);
    if (open !== folds) setFolds(open);
  }
  const rows = useMemo(() => visibleRows(tree, open), [tree, open]);
  return [open, rows, setFolds] as const;
}

function isShut(node: Node<Span>, folds: Folds): boolean {
  const id = node.span.span_id;
  return (node.children.length > 0 && folds.closed.has(id)) || (node.loop !== undefined && !folds.open.has(id));
}

function isOpen(node: Node<Span>, folds: Folds): boolean {
  return (node.children.length > 0 || node.loop !== undefined) && !isShut(node, folds);
}

function insideLoop(lead: Node<Span>, node: Node<Span>): boolean {
  for (let at: Node<Span> | undefined = node; at; at = at.parent) if (at.lead === lead) return true;
  return false;
}

/** Round times over the bars, after the trace's start. */
function Axis({ window }: { window: Stretch }) {
  const length = window.to - window.from;
  return (
    <div className={classes.axis}>
      {length > 0 && ticks(window, 4).filter((t) => t < length * 0.88).map((t) => (
        <span key={t} className={`${classes.tick} num`} style={{ left: `${(t / length) * 100}%` }}>{duration(window.from + t)}</span>
      ))}
    </div>
  );
}
