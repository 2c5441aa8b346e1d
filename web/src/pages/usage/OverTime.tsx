import { ActionIcon, SegmentedControl, Skeleton, Tooltip } from "@mantine/core";
import { IconTable, IconZoomOut } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import { Chart, ChartTable, type Palette } from "../../components/Chart";
import { ErrorNote } from "../../components/ErrorNote";
import { rangeOf, zoomOut, type Bar } from "../../lib/histogram";
import { resolve } from "../../lib/period";
import type { ShellSearch } from "../../lib/search";
import { local } from "../../lib/time";
import { useSession } from "../../session";
import { overTimeQuery } from "./query";
import { charts, splits, type ChartOf, type Split, type UsageSearch } from "./search";
import { series, slots, write, type Series, type Slot } from "./series";
import classes from "./Usage.module.css";

const height = 190;

interface Props {
  search: ShellSearch & UsageSearch;
  by: Split;
  onChange: (next: ShellSearch & UsageSearch) => void;
}

/** One number over time, by the chosen split where it has parts. Dragging over it narrows the page to that time. */
export function OverTime({ search, by, onChange }: Props) {
  const session = useSession();
  const [table, setTable] = useState(false);
  const { data, error, refetch } = useQuery(overTimeQuery(session, search, by));
  const chart = search.chart ?? "cost";
  const places = useMemo(() => (data ? slots(data) : []), [data]);
  const drawn = useMemo(() => (data ? series(data, places, chart, by) : []), [data, places, chart, by]);
  const currency = data?.all.find((r) => r.currencies?.cost)?.currencies?.cost ?? "USD";
  const text = useMemo(() => write(chart, currency), [chart, currency]);
  const option = useCallback((palette: Palette) => optionOf(places, drawn, text, palette), [places, drawn, text]);
  const select = (i: number, k: number) => {
    const range = data && rangeOf(places as Bar[], i, k, data.range);
    if (range) onChange({ ...range, period: undefined });
  };
  const parted = chart !== "latency" && chart !== "errors";
  const title = `${charts[chart]} over time${parted ? `, by ${splits[by].toLowerCase()}` : ""}`;
  return (
    <section className={classes.time} aria-label={title}>
      <div className={classes.by}>
        <SegmentedControl
          aria-label="Over time"
          data={Object.entries(charts).map(([value, label]) => ({ value, label }))}
          value={chart}
          onChange={(v) => onChange({ chart: v === "cost" ? undefined : (v as ChartOf) })}
        />
        <span className="muted">{parted ? `by ${splits[by].toLowerCase()}` : chart === "latency" ? "of calls" : "of spans of any kind"}</span>
        <div className={classes.grow} />
        <Tooltip label="Zoom out: twice as long">
          <ActionIcon size="sm" aria-label="Zoom out" onClick={() => onChange({ ...zoomOut(resolve(search)), period: undefined })}><IconZoomOut size={15} aria-hidden /></ActionIcon>
        </Tooltip>
        <Tooltip label={table ? "Hide the numbers" : "The numbers as a table"}>
          <ActionIcon size="sm" aria-label="Numbers as a table" aria-pressed={table} onClick={() => setTable(!table)}><IconTable size={15} aria-hidden /></ActionIcon>
        </Tooltip>
      </div>
      {error && !data && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {data ? <Chart label={describe(title, drawn)} height={height} option={option} onSelect={select} /> : !error && <Skeleton height={height} />}
      {table && data && (
        <ChartTable
          caption={title}
          head={["From", ...drawn.map((s) => s.name)]}
          rows={places.map((p, i) => ({
            key: String(p.from),
            cells: [at(p), ...drawn.map((s) => (s.values[i] === null || s.values[i] === undefined ? "–" : text(s.values[i])))],
            onOpen: () => select(i, i),
          }))}
          openLabel={([from]) => `Show the time from ${from}`}
        />
      )}
    </section>
  );
}

/** The start of a bar, without the seconds where there are none. */
const at = (p: Slot) => local(new Date(p.from).toISOString()).replace(/^(.*:\d\d):00$/, "$1");

function describe(title: string, drawn: Series[]): string {
  if (drawn.length === 0) return `${title}: nothing in this period`;
  return `${title}: ${drawn.map((s) => s.name).join(", ")}. The table beside it has the numbers.`;
}

/** Shares of the accent colour; the patterns on them tell the parts apart without it. */
const strengths = ["ff", "c4", "96", "70", "4e", "30"];
const decals = [
  { symbol: "none" },
  { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [2, 4], rotation: Math.PI / 4 },
  { symbol: "circle", symbolSize: 0.7, dashArrayX: [[6, 6], [0, 6, 6, 0]], dashArrayY: [6, 0] },
  { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [2, 4], rotation: -Math.PI / 4 },
  { symbol: "rect", dashArrayX: [2, 4], dashArrayY: [1, 0] },
  { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [2, 4] },
];

function optionOf(places: Slot[], drawn: Series[], text: (v: number) => string, palette: Palette) {
  const color = (s: Series, i: number) =>
    s.name === "Errors" ? palette.error : s.name.startsWith("Problems") ? palette.caution : s.name === "Others" ? palette.plain : palette.accent + strengths[i % strengths.length]!;
  return {
    grid: { left: 62, right: 8, top: 26, bottom: 20 },
    legend: { type: "scroll", top: 0, left: 54, right: 0, itemWidth: 14, itemHeight: 10, itemGap: 14, textStyle: { color: palette.text, fontSize: 11 }, selectedMode: false },
    tooltip: { trigger: "axis", renderMode: "richText", axisPointer: { type: "shadow" }, confine: true, valueFormatter: (v: unknown) => (v === null || v === undefined ? "–" : text(Number(v))) },
    xAxis: {
      type: "category", data: places.map(at), axisTick: { show: false }, axisLine: { lineStyle: { color: palette.line } },
      axisLabel: { color: palette.text, fontSize: 11, hideOverlap: true },
    },
    yAxis: { type: "value", splitNumber: 3, splitLine: { lineStyle: { color: palette.line } }, axisLabel: { color: palette.text, fontSize: 11, formatter: text } },
    series: drawn.map((s, i) =>
      s.kind === "line"
        ? {
            name: s.name, type: "line", data: s.values, connectNulls: false, symbol: i === 0 ? "circle" : "triangle", symbolSize: 4,
            lineStyle: { color: palette.accent, width: 1.5, type: i === 0 ? "solid" : "dashed" }, itemStyle: { color: palette.accent },
          }
        : {
            name: s.name, type: "bar", stack: "all", barCategoryGap: "12%", data: s.values.map((v) => v || null),
            itemStyle: { color: color(s, i), decal: { ...decals[i % decals.length], color: "rgba(255,255,255,0.35)" } },
          },
    ),
  };
}
