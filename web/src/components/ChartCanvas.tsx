/** The part of a chart that carries the library. Import Chart, which loads it on demand. */
import { BarChart, LineChart } from "echarts/charts";
import { AriaComponent, BrushComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { init, use as register, type ECharts, type EChartsCoreOption } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { useEffect, useRef } from "react";
import type { Palette } from "./Chart";
import classes from "./Chart.module.css";

register([BarChart, LineChart, AriaComponent, BrushComponent, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer]);

interface Props {
  option: EChartsCoreOption;
  palette: Palette;
  onSelect?: (from: number, to: number) => void;
}

interface BrushEnd {
  areas: { coordRange?: [number, number] }[];
}

const cursor = { type: "takeGlobalCursor", key: "brush", brushOption: { brushType: "lineX", brushMode: "single" } };

export default function ChartCanvas({ option, palette, onSelect }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<ECharts>(undefined);
  const select = useRef(onSelect);
  useEffect(() => {
    select.current = onSelect;
  });
  useEffect(() => {
    const made = init(box.current, undefined, { renderer: "canvas" });
    chart.current = made;
    const resized = new ResizeObserver(() => made.resize());
    if (box.current) resized.observe(box.current);
    made.on("brushEnd", (event) => {
      const range = (event as BrushEnd).areas[0]?.coordRange;
      if (!range) return;
      made.dispatchAction({ type: "brush", areas: [] });
      select.current?.(Math.min(...range), Math.max(...range));
    });
    made.getZr().on("click", (event: { offsetX: number; offsetY: number }) => {
      const at = [event.offsetX, event.offsetY];
      if (!made.containPixel("grid", at)) return;
      const place = made.convertFromPixel("grid", at)[0];
      if (place !== undefined) select.current?.(Math.round(place), Math.round(place));
    });
    return () => {
      resized.disconnect();
      made.dispose();
    };
  }, []);
  const selects = onSelect !== undefined;
  useEffect(() => {
    const made = chart.current;
    if (!made) return;
    made.setOption(
      {
        animation: false,
        aria: { enabled: true, label: { enabled: false }, decal: { show: true } },
        textStyle: { color: palette.text, fontFamily: "inherit", fontSize: 11 },
        ...(selects ? { brush: { xAxisIndex: 0, brushStyle: { color: palette.accent, opacity: 0.18, borderColor: palette.accent }, outOfBrush: {} } } : {}),
        ...option,
      },
      { notMerge: true },
    );
    if (selects) made.dispatchAction(cursor);
  }, [option, palette, selects]);
  return <div ref={box} className={classes.canvas} />;
}
