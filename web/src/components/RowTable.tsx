import { Loader } from "@mantine/core";
import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import { columnVisibilityFeature, metaHelper, tableFeatures, useTable, type ColumnDef, type RowData } from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { useKeys } from "../lib/keys";
import classes from "./RowTable.module.css";

/** How a column is laid out, and by which name the API sorts it. */
export interface Look {
  title: string;
  /** Pixels; at least so many. */
  width: number;
  /** Takes this share of the room that is left. */
  grow?: number;
  right?: boolean;
  sort?: "start" | "duration" | "cost" | "tokens";
}

export const features = tableFeatures({ columnVisibilityFeature, columnMeta: metaHelper<Look>() });
export type Column<T extends RowData> = ColumnDef<typeof features, T, unknown>;

interface Props<T extends RowData> {
  label: string;
  columns: Column<T>[];
  hidden: Record<string, boolean>;
  rows: T[];
  rowKey: (row: T) => string;
  onOpen: (row: T, newTab: boolean) => void;
  sort: string | undefined;
  onSort: (field: string) => void;
  hasMore: boolean;
  loadingMore: boolean;
  onMore: () => void;
  /** What shows belongs to an older question; the answer to the present one is on its way. */
  stale: boolean;
  foot: ReactNode;
  /** Widths that the reader gave, by column; such a column no longer grows. */
  widths?: Record<string, number>;
  /** Lets the reader give widths, by dragging a column's edge. */
  onWidth?: (column: string, width: number) => void;
  /** Whether the first row is in sight. */
  onTop?: (top: boolean) => void;
}

const rowHeight = 33;

/** A table of any length: only the rows in sight are in the document. j and k move, Enter opens. */
export function RowTable<T extends RowData>(props: Props<T>) {
  const { rows, rowKey, onOpen, hasMore, loadingMore, onMore } = props;
  const table = useTable({
    features,
    columns: props.columns,
    data: rows,
    getRowId: rowKey,
    state: { columnVisibility: invert(props.hidden) },
  });
  const scroll = useRef<HTMLDivElement>(null);
  const [selected, setSelected] = useState(-1);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => rowHeight,
    overscan: 12,
    scrollMargin: 0,
    scrollPaddingStart: rowHeight,
    scrollPaddingEnd: rowHeight,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? -1;

  useEffect(() => {
    if (hasMore && !loadingMore && last >= rows.length - 20) onMore();
  }, [hasMore, loadingMore, last, rows.length, onMore]);

  const move = (to: number) => {
    if (rows.length === 0) return;
    const next = Math.min(Math.max(0, to), rows.length - 1);
    setSelected(next);
    virtual.scrollToIndex(next);
  };
  useKeys(props.label, [
    { keys: ["j", "ArrowDown"], what: "Next row", run: () => move(selected + 1) },
    { keys: ["k", "ArrowUp"], what: "Row before", run: () => move(selected - 1) },
    {
      keys: ["Enter"],
      what: "Open the row",
      run: () => {
        const row = rows[selected];
        if (row) onOpen(row, false);
      },
    },
  ]);

  const model = table.getRowModel().rows;
  const leaves = table.getVisibleLeafColumns();
  const least = leaves.reduce((sum, { id, columnDef: { meta } }) => sum + (props.widths?.[id] ?? meta?.width ?? 100), 16);
  const template = leaves
    .map(({ id, columnDef: { meta } }) => {
      const given = props.widths?.[id];
      if (given) return `${given}px`;
      return meta?.grow ? `minmax(${meta.width}px, ${meta.grow}fr)` : `${meta?.width ?? 100}px`;
    })
    .join(" ");
  return (
    <div ref={scroll} className={classes.scroll} onScroll={props.onTop && ((e) => props.onTop?.(e.currentTarget.scrollTop < rowHeight))}>
      <div
        role="table"
        aria-label={props.label}
        className={`${classes.table} ${props.stale ? classes.stale : ""}`}
        style={{ minWidth: least }}
        aria-rowcount={hasMore ? -1 : rows.length + 1}
        aria-busy={props.stale}
      >
        <div role="rowgroup" className={classes.head}>
          <div role="row" className={classes.line} style={{ gridTemplateColumns: template }}>
            {leaves.map((c) => (
              <Head key={c.id} id={c.id} look={c.columnDef.meta!} sort={props.sort} onSort={props.onSort} onWidth={props.onWidth} />
            ))}
          </div>
        </div>
        <div role="rowgroup" className={classes.body} style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => {
            const row = model[item.index];
            if (!row) return null;
            return (
              <div
                key={row.id}
                role="row"
                className={`${classes.line} ${classes.row}`}
                style={{ gridTemplateColumns: template, transform: `translateY(${item.start}px)` }}
                aria-rowindex={item.index + 2}
                aria-selected={item.index === selected}
                onClick={(e) => {
                  if ((e.target as Element).closest("a,button")) return;
                  setSelected(item.index);
                  onOpen(row.original, e.metaKey || e.ctrlKey);
                }}
              >
                {row.getVisibleCells().map((cell) => (
                  <div key={cell.id} role="cell" className={classes.cell} data-right={cell.column.columnDef.meta?.right || undefined}>
                    <table.FlexRender cell={cell} />
                  </div>
                ))}
              </div>
            );
          })}
        </div>
      </div>
      <div className={`${classes.foot} muted`}>
        {loadingMore && <Loader size="xs" />}
        {props.foot}
      </div>
    </div>
  );
}

function invert(hidden: Record<string, boolean>): Record<string, boolean> {
  return Object.fromEntries(Object.entries(hidden).map(([id, off]) => [id, !off]));
}

interface HeadProps {
  id: string;
  look: Look;
  sort: string | undefined;
  onSort: (field: string) => void;
  onWidth: ((column: string, width: number) => void) | undefined;
}

function Head({ id, look, sort, onSort, onWidth }: HeadProps) {
  const { sort: field } = look;
  const edge = onWidth && <Edge onWidth={(width) => onWidth(id, width)} />;
  if (!field) {
    return <div role="columnheader" className={classes.cell} data-right={look.right || undefined}>{look.title}{edge}</div>;
  }
  const current = sort ?? "-start";
  const down = current === `-${field}`;
  const up = current === field;
  return (
    <div
      role="columnheader"
      className={classes.cell}
      data-right={look.right || undefined}
      aria-sort={down ? "descending" : up ? "ascending" : "none"}
    >
      <button type="button" className={classes.sort} onClick={() => onSort(field)}>
        {look.title}
        {down && <IconArrowDown size={12} aria-hidden />}
        {up && <IconArrowUp size={12} aria-hidden />}
      </button>
      {edge}
    </div>
  );
}

/** The edge by which a column is made wider or narrower with the mouse. */
function Edge({ onWidth }: { onWidth: (width: number) => void }) {
  const from = useRef<{ x: number; width: number }>(undefined);
  return (
    <span
      aria-hidden
      className={classes.edge}
      onPointerDown={(e) => {
        e.preventDefault();
        e.currentTarget.setPointerCapture(e.pointerId);
        from.current = { x: e.clientX, width: e.currentTarget.parentElement!.getBoundingClientRect().width };
      }}
      onPointerMove={(e) => {
        if (from.current) onWidth(from.current.width + e.clientX - from.current.x);
      }}
      onPointerUp={() => {
        from.current = undefined;
      }}
    />
  );
}
