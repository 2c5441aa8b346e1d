import { useComputedColorScheme } from "@mantine/core";
import type { EChartsCoreOption } from "echarts/core";
import { lazy, Suspense, useMemo } from "react";
import classes from "./Chart.module.css";

const ChartCanvas = lazy(() => import("./ChartCanvas"));

/** The colours of a chart in the page's scheme. Colour is never the only carrier of meaning: series have patterns too. */
export interface Palette {
  text: string;
  line: string;
  plain: string;
  accent: string;
  caution: string;
  error: string;
}

export interface ChartProps {
  /** What the chart shows, in a sentence that also says what stands out; for who cannot see it. */
  label: string;
  height: number;
  /** ECharts' option. Legend, grid and axes are the caller's; colours come from the palette. */
  option: (palette: Palette) => EChartsCoreOption;
  /** Dragging over the first x axis selects; both ends are places of bars, included. Clicking selects one. */
  onSelect?: (from: number, to: number) => void;
}

/**
 * A chart, loaded on demand. It follows the page's scheme and its own size. A chart is a picture: give its numbers as a
 * table beside it (ChartTable), which is also the way to them by keyboard.
 */
export function Chart(props: ChartProps) {
  const scheme = useComputedColorScheme("light", { getInitialValueInEffect: false });
  // eslint-disable-next-line react-hooks/exhaustive-deps -- the scheme changes what the document's style answers
  const palette = useMemo(readPalette, [scheme]);
  const option = useMemo(() => props.option(palette), [props.option, palette]); // eslint-disable-line react-hooks/exhaustive-deps
  return (
    <div role="img" aria-label={props.label} className={classes.box} style={{ height: props.height }}>
      <Suspense fallback={null}>
        <ChartCanvas option={option} palette={palette} onSelect={props.onSelect} />
      </Suspense>
    </div>
  );
}

function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string) => style.getPropertyValue(name).trim();
  return {
    text: read("--muted"), line: read("--line"), plain: read("--bar"), accent: read("--bar-model"), caution: read("--bar-soft"), error: read("--bar-error"),
  };
}

interface TableProps {
  caption: string;
  head: string[];
  rows: { key: string; cells: string[]; onOpen?: () => void }[];
  /** What opening a row does: "Show 13:00 to 13:15". */
  openLabel?: (cells: string[]) => string;
}

/** A chart's numbers. The first cell of a row opens what is behind it. */
export function ChartTable({ caption, head, rows, openLabel }: TableProps) {
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, by keyboard too
    <div className={classes.table} role="region" aria-label={caption} tabIndex={0}>
      <table>
        <thead>
          <tr>{head.map((h, i) => <th key={h} scope="col" data-right={i > 0 || undefined}>{h}</th>)}</tr>
        </thead>
        <tbody>
          {rows.map(({ key, cells, onOpen }) => (
            <tr key={key}>
              {cells.map((cell, i) => (
                <td key={head[i]} className="num" data-right={i > 0 || undefined}>
                  {i === 0 && onOpen ? <button type="button" className={classes.open} aria-label={openLabel?.(cells)} onClick={onOpen}>{cell}</button> : cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
