import { ActionIcon, Tooltip } from "@mantine/core";
import { IconAlertCircle, IconArrowsMaximize, IconArrowsMinimize, IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef, useState } from "react";
import type { Span } from "../../api/types";
import { KindIcon } from "../../components/facts";
import { count, duration, durationExact, plural } from "../../lib/format";
import { useListKeys } from "../../lib/keys";
import { reveal, visibleRows, type Node, type Tree } from "../../lib/tree";
import classes from "./Trace.module.css";

interface Props {
  tree: Tree<Span>;
  selected: string | undefined;
  onSelect: (span: string) => void;
  /** A span that the link names and the trace does not have. */
  missing: string | undefined;
}

const rowHeight = 28;
const indent = 14;
/** Deeper spans keep this indent, so that a chain of thousands stays readable; their level is in the title. */
const deepest = 18;

/** The spans in reading order with their bars over time. j and k move, h folds or goes up, l unfolds or goes down. */
export function SpanTree({ tree, selected, onSelect, missing }: Props) {
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const open = useMemo(() => (selected ? reveal(tree, closed, selected) : closed), [tree, closed, selected]);
  const rows = useMemo(() => visibleRows(tree, open), [tree, open]);
  const index = useMemo(() => rows.findIndex((n) => n.span.span_id === selected), [rows, selected]);
  const scroll = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => rowHeight,
    overscan: 15,
  });

  useEffect(() => {
    if (index >= 0) virtual.scrollToIndex(index, { align: "auto" });
  }, [index, virtual]);

  const fold = (node: Node<Span>, shut: boolean) => {
    const next = new Set(open);
    if (shut) next.add(node.span.span_id);
    else next.delete(node.span.span_id);
    setClosed(next);
    if (shut && selected && isAbove(node, tree.byId.get(selected))) onSelect(node.span.span_id);
  };
  const go = (to: number) => {
    const node = rows[Math.min(Math.max(0, to), rows.length - 1)];
    if (node) onSelect(node.span.span_id);
  };
  const left = () => {
    const node = rows[index];
    if (!node) return;
    if (node.children.length > 0 && !open.has(node.span.span_id)) fold(node, true);
    else if (node.parent) onSelect(node.parent.span.span_id);
  };
  const right = () => {
    const node = rows[index];
    if (!node || node.children.length === 0) return;
    if (open.has(node.span.span_id)) fold(node, false);
    else go(index + 1);
  };
  useListKeys({
    j: () => go(index + 1), ArrowDown: () => go(index + 1),
    k: () => go(index - 1), ArrowUp: () => go(index - 1),
    h: left, ArrowLeft: left,
    l: right, ArrowRight: right,
    Home: () => go(0), End: () => go(rows.length - 1),
  });

  const foldAll = () => {
    const all = [...tree.byId.values()].filter((n) => n.children.length > 0 && n.parent).map((n) => n.span.span_id);
    setClosed(new Set(all));
    let top = selected ? tree.byId.get(selected) : undefined;
    while (top && (top.parent?.parent || (top.parent && all.includes(top.parent.span.span_id)))) top = top.parent;
    if (top && top.span.span_id !== selected) onSelect(top.span.span_id);
  };
  return (
    <>
      <div className={classes.treehead}>
        <span className="num">
          {missing ? `Span ${missing} is not in this trace · ` : ""}
          {plural(tree.byId.size, "span")} over {duration(tree.length)}
        </span>
        <Tooltip label="Fold all"><ActionIcon size="sm" aria-label="Fold all" onClick={foldAll}><IconArrowsMinimize size={14} aria-hidden /></ActionIcon></Tooltip>
        <Tooltip label="Unfold all"><ActionIcon size="sm" aria-label="Unfold all" onClick={() => setClosed(new Set())}><IconArrowsMaximize size={14} aria-hidden /></ActionIcon></Tooltip>
      </div>
      <div
        ref={scroll}
        className={classes.scroll}
        role="tree"
        aria-label="Spans"
        tabIndex={0}
        aria-activedescendant={selected ? `span-${selected}` : undefined}
      >
        <div className={classes.rows} style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const node = rows[item.index]!;
            return (
              <Row
                key={node.span.span_id}
                node={node}
                y={item.start}
                length={tree.length}
                selected={item.index === index}
                closed={open.has(node.span.span_id)}
                onSelect={onSelect}
                onFold={fold}
              />
            );
          })}
        </div>
      </div>
    </>
  );
}

function isAbove(node: Node<Span>, other: Node<Span> | undefined): boolean {
  for (let at = other?.parent; at; at = at.parent) if (at === node) return true;
  return false;
}

interface RowProps {
  node: Node<Span>;
  y: number;
  length: number;
  selected: boolean;
  closed: boolean;
  onSelect: (span: string) => void;
  onFold: (node: Node<Span>, shut: boolean) => void;
}

function Row({ node, y, length, selected, closed, onSelect, onFold }: RowProps) {
  const { span } = node;
  const failed = span.status.code === "error";
  const parent = node.children.length > 0;
  return (
    <div
      id={`span-${span.span_id}`}
      role="treeitem"
      aria-level={node.depth + 1}
      aria-selected={selected}
      aria-expanded={parent ? !closed : undefined}
      className={classes.row}
      style={{ transform: `translateY(${y}px)` }}
      title={node.depth > deepest ? `level ${node.depth + 1}` : undefined}
      onClick={() => onSelect(span.span_id)}
    >
      <div className={classes.label} style={{ paddingLeft: 8 + Math.min(node.depth, deepest) * indent }}>
        {parent ? (
          <button
            type="button"
            tabIndex={-1}
            className={classes.toggle}
            aria-label={closed ? "Unfold" : "Fold"}
            onClick={(e) => {
              e.stopPropagation();
              onFold(node, !closed);
            }}
          >
            {closed ? <IconChevronRight size={13} aria-hidden /> : <IconChevronDown size={13} aria-hidden />}
          </button>
        ) : (
          <span className={classes.toggle} />
        )}
        <KindIcon kind={span.kind} />
        <span className={`${classes.spanname} clip`} title={span.name}>{span.name || "(no name)"}</span>
        {failed && <span className={classes.bad} title={span.status.message}><IconAlertCircle size={13} aria-hidden />error</span>}
        {node.place === "orphan" && <span className={classes.odd} title={`its parent ${span.parent_id} never came`}>orphan</span>}
        {node.place === "cycle" && <span className={classes.odd} title="its parents lead back to itself">cycle</span>}
        {closed && (
          <span className={classes.hint}>
            +{count(node.below)}{node.errorsBelow > 0 ? `, ${count(node.errorsBelow)} failed` : ""}
          </span>
        )}
        {hint(span) && <span className={`${classes.hint} clip`} title={hint(span)}>{hint(span)}</span>}
      </div>
      <span className={`${classes.ms} num`} title={durationExact(node.duration)}>
        {node.duration === undefined ? "running" : duration(node.duration)}
      </span>
      <Bar node={node} length={length} failed={failed} />
    </div>
  );
}

/** The one more word that a row of this kind needs, where the name does not hold it already. */
function hint(span: Span): string {
  const { used, requested } = span.model ?? {};
  const word = span.kind === "tool" ? span.tool?.name : used || requested;
  return word && !span.name.includes(word) && !(requested && span.name.includes(requested)) ? word : "";
}

function Bar({ node, length, failed }: { node: Node<Span>; length: number; failed: boolean }) {
  const total = length || 1;
  const left = Math.min(100, (node.offset / total) * 100);
  const width = node.duration === undefined ? 100 - left : Math.min(100 - left, (Math.max(0, node.duration) / total) * 100);
  const first = node.span.first_token_ms;
  return (
    <div className={classes.lane} aria-hidden>
      <div
        className={classes.bar}
        data-kind={node.span.kind}
        data-error={failed || undefined}
        data-open={node.duration === undefined || undefined}
        style={{ left: `min(${left}%, calc(100% - 2px))`, width: `${width}%` }}
      />
      {first && first / total > 0.01 ? (
        <div
          className={classes.first}
          title={`first token after ${duration(first)}`}
          style={{ left: `${Math.min(100, ((node.offset + first) / total) * 100)}%` }}
        />
      ) : null}
    </div>
  );
}
