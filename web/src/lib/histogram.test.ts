import { expect, it } from "vitest";
import { barLength, bars, interval, mostBars, rangeOf, zoomOut } from "./histogram";

const at = (ms: number) => new Date(ms).toISOString();
const minute = 60_000;

it("cuts every period into 30 to 120 bars", () => {
  for (const minutes of [15, 20, 60, 65, 24 * 60, 24 * 60 + 5, 7 * 24 * 60, 30 * 24 * 60, 365 * 24 * 60]) {
    const range = { from: at(1e12), to: at(1e12 + minutes * minute) };
    const n = bars([], range, barLength(range), 2e12).length;
    expect(n, `${minutes} min`).toBeGreaterThanOrEqual(30);
    expect(n, `${minutes} min`).toBeLessThanOrEqual(mostBars);
  }
  expect(interval(barLength({ from: at(0), to: at(60 * minute) }))).toBe("60s");
});

it("fills gaps, splits by outcome, and ends at now", () => {
  const range = { from: at(0), to: at(10 * minute) };
  const row = (ms: number, outcome: string, traces: number) => ({ time: at(ms), by: { "trace.outcome": outcome }, values: { traces } });
  const list = bars([row(minute, "ok", 3), row(minute, "error", 2), row(4 * minute, "problem", 1)], range, minute, 5.5 * minute);
  expect(list.map((b) => b.total)).toEqual([0, 5, 0, 0, 1, 0]);
  expect(list[1]?.counts).toEqual({ ok: 3, problem: 0, unfinished: 0, error: 2 });
  expect(bars([row(8 * minute, "ok", 1)], range, minute, 5.5 * minute)).toHaveLength(9); // a clock that runs ahead
});

it("turns bars into a range within the one that was asked for", () => {
  const range = { from: at(minute / 2), to: at(10 * minute) };
  const list = bars([], range, minute, 1e12);
  expect(rangeOf(list, 3, 1, range)).toEqual({ from: at(minute), to: at(4 * minute) });
  expect(rangeOf(list, 0, 0, range)).toEqual({ from: at(minute / 2), to: at(minute) });
  expect(rangeOf([], 0, 0, range)).toBeUndefined();
});

it("zooms out around the middle, and not into the future", () => {
  const range = { from: at(100 * minute), to: at(120 * minute) };
  expect(zoomOut(range, 1e12)).toEqual({ from: at(90 * minute), to: at(130 * minute) });
  expect(zoomOut(range, 120 * minute)).toEqual({ from: at(80 * minute), to: at(120 * minute) });
});
