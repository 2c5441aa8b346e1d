import type { EChartsCoreOption } from "echarts/core";
import { useCallback } from "react";
import { Chart, type Palette } from "./Chart";

interface Props {
  values: number[];
  /** What it shows, for who cannot see it. */
  label: string;
}

/** Bars without axes: how something went, beside its number. It takes the width that it is given. */
export function Sparkline({ values, label }: Props) {
  const shown = values.join(); // a new array with the same numbers draws nothing anew
  const option = useCallback(
    (palette: Palette): EChartsCoreOption => ({
      aria: { enabled: false },
      grid: { left: 0, right: 0, top: 1, bottom: 0 },
      xAxis: { type: "category", axisTick: { show: false }, axisLabel: { show: false }, axisLine: { lineStyle: { color: palette.line } } },
      yAxis: { type: "value", show: false, min: 0 },
      series: [{ type: "bar", data: shown.split(",").map(Number), silent: true, barCategoryGap: "15%", itemStyle: { color: palette.accent } }],
    }),
    [shown],
  );
  return <Chart label={label} height={20} option={option} />;
}
