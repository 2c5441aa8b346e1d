import { ActionIcon, Tooltip } from "@mantine/core";
import { IconArrowBackUp, IconTable, IconZoomOut } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useCallback, useState } from "react";
import { histogramQuery } from "../../api/explore";
import { Chart, ChartTable, type Palette } from "../../components/Chart";
import { count, plural } from "../../lib/format";
import { outcomes, rangeOf, zoomOut, type Bar, type Outcome } from "../../lib/histogram";
import { isCustom, resolve, type Range } from "../../lib/period";
import type { ListSearch, ShellSearch } from "../../lib/search";
import { local } from "../../lib/time";
import { useSession } from "../../session";
import classes from "./Traces.module.css";

interface Props {
  search: ShellSearch & ListSearch;
  onRange: (range: Range) => void;
  live: boolean;
}

const titles: Record<Outcome, string> = { ok: "OK", problem: "Problem", unfinished: "Running", error: "Error" };
const liveMs = 10_000;

/** Traces over time by outcome. Dragging over it narrows the list to that time. */
export function Histogram({ search, onRange, live }: Props) {
  const session = useSession();
  const router = useRouter();
  const [table, setTable] = useState(false);
  const { data, isError } = useQuery({ ...histogramQuery(session, search), refetchInterval: live ? liveMs : false });
  const list = data?.bars;
  const option = useCallback((palette: Palette) => optionOf(list ?? [], palette), [list]);
  if (isError) return null; // the list says what is wrong
  const select = (i: number, k: number) => {
    const range = data && rangeOf(data.bars, i, k, data.range);
    if (range) onRange(range);
  };
  return (
    <section className={classes.histogram} aria-label="Traces over time">
      <div className={classes.chart}>
        <Chart label={describe(list)} height={92} option={option} onSelect={select} />
        <div className={classes.tools}>
          <Tooltip label="Zoom out: twice as long">
            <ActionIcon size="sm" aria-label="Zoom out" onClick={() => onRange(zoomOut(resolve(search)))}><IconZoomOut size={15} aria-hidden /></ActionIcon>
          </Tooltip>
          {isCustom(search) && (
            <Tooltip label="Back to what showed before">
              <ActionIcon size="sm" aria-label="Back" onClick={() => router.history.back()}><IconArrowBackUp size={15} aria-hidden /></ActionIcon>
            </Tooltip>
          )}
          <Tooltip label={table ? "Hide the numbers" : "The numbers as a table"}>
            <ActionIcon size="sm" aria-label="Numbers as a table" aria-pressed={table} onClick={() => setTable(!table)}><IconTable size={15} aria-hidden /></ActionIcon>
          </Tooltip>
        </div>
      </div>
      {table && list && (
        <ChartTable
          caption="Traces over time"
          head={["From", "Traces", ...outcomes.map((o) => titles[o])]}
          rows={list.map((bar, i) => ({
            key: String(bar.from),
            cells: [moment(bar), count(bar.total), ...outcomes.map((o) => count(bar.counts[o]))],
            onOpen: () => select(i, i),
          }))}
          openLabel={([from]) => `Show the time from ${from}`}
        />
      )}
    </section>
  );
}

/** When a bar begins, no finer than bars are. */
function moment({ from, to }: Bar): string {
  const text = local(new Date(from).toISOString());
  return (to - from) % 60_000 === 0 ? text.replace(/:00$/, "") : text;
}

function describe(list: Bar[] | undefined): string {
  if (!list) return "Traces over time; the numbers are on their way";
  const most = list.toSorted((a, b) => b.total - a.total)[0];
  if (!most || most.total === 0) return "Traces over time: none";
  const of = (o: Outcome) => list.reduce((sum, b) => sum + b.counts[o], 0);
  return `Traces over time, ${list.length} bars; most, ${count(most.total)}, from ${moment(most)}; ` +
    `error in ${plural(list.filter((b) => b.counts.error > 0).length, "bar")} (${count(of("error"))}), problem (${count(of("problem"))}). The table beside it has the numbers.`;
}

function optionOf(list: Bar[], palette: Palette) {
  const colors: Record<Outcome, string> = { ok: palette.accent, problem: palette.caution, unfinished: palette.plain, error: palette.error };
  // No pattern where all is well; what is not stands out without its colour too.
  const decals: Record<Outcome, object> = {
    ok: { symbol: "none" },
    problem: { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [3, 3], rotation: -Math.PI / 4, color: "rgba(0,0,0,0.35)" },
    unfinished: { symbol: "circle", symbolSize: 0.8, dashArrayX: [[6, 6], [0, 6, 6, 0]], dashArrayY: [6, 0], color: "rgba(255,255,255,0.6)" },
    error: { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [2, 4], rotation: Math.PI / 4, color: "rgba(255,255,255,0.6)" },
  };
  return {
    grid: { left: 44, right: 8, top: 20, bottom: 20 },
    legend: { top: 0, right: 0, itemWidth: 12, itemHeight: 10, itemGap: 12, textStyle: { color: palette.text, fontSize: 11 }, selectedMode: false },
    tooltip: { trigger: "axis", renderMode: "richText", axisPointer: { type: "shadow" }, confine: true },
    xAxis: {
      type: "category", data: list.map(moment), axisTick: { show: false },
      axisLine: { lineStyle: { color: palette.line } }, axisLabel: { color: palette.text, fontSize: 11, hideOverlap: true },
    },
    yAxis: {
      type: "value", minInterval: 1, splitNumber: 2, splitLine: { lineStyle: { color: palette.line } }, axisLabel: { color: palette.text, fontSize: 11 },
    },
    series: outcomes.map((o) => ({
      name: titles[o], type: "bar", stack: "traces", barCategoryGap: "12%", data: list.map((b) => b.counts[o] || null),
      itemStyle: { color: colors[o], decal: decals[o] },
    })),
  };
}
