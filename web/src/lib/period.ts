/** The period that a page looks at. It lives in the URL: `period=7d`, or `from` and `to` for a custom one. */

export const periods = {
  "15m": { label: "Last 15 minutes", minutes: 15 },
  "1h": { label: "Last hour", minutes: 60 },
  "24h": { label: "Last 24 hours", minutes: 24 * 60 },
  "7d": { label: "Last 7 days", minutes: 7 * 24 * 60 },
  "30d": { label: "Last 30 days", minutes: 30 * 24 * 60 },
} as const;

export type Period = keyof typeof periods;
export const defaultPeriod: Period = "24h";

export interface PeriodSearch {
  period?: Period;
  from?: string;
  to?: string;
}

export interface Range {
  from: string;
  to: string;
}

/** Clocks of emitters run ahead; a relative period looks this far into the future so that their spans show. */
const skew = 5 * 60_000;

export function isPeriod(text: unknown): text is Period {
  return typeof text === "string" && Object.hasOwn(periods, text);
}

/** Whether the search names fixed times rather than a stretch that ends now. */
export function isCustom(search: PeriodSearch): boolean {
  return search.from !== undefined || search.to !== undefined;
}

/** The half-open range to ask the API for. One end of a custom period may be missing. */
export function resolve(search: PeriodSearch, now: number = Date.now()): Range {
  if (isCustom(search)) {
    const to = search.to ?? new Date(now + skew).toISOString();
    const from = search.from ?? new Date(Date.parse(to) - 24 * 3_600_000).toISOString();
    return { from, to };
  }
  const { minutes } = periods[search.period ?? defaultPeriod];
  return { from: new Date(now - minutes * 60_000).toISOString(), to: new Date(now + skew).toISOString() };
}

/** The range that a link to one moment opens: an hour around it. */
export function around(time: string): Range {
  const at = Date.parse(time);
  return { from: new Date(at - 3_600_000).toISOString(), to: new Date(at + 3_600_000).toISOString() };
}

/** A time for <input type="datetime-local">, in local time, to the second. */
export function toInput(iso: string | undefined): string {
  if (!iso) return "";
  const d = new Date(iso);
  if (Number.isNaN(d.getTime())) return "";
  const shifted = new Date(d.getTime() - d.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 19);
}

export function fromInput(value: string): string | undefined {
  const d = new Date(value);
  return value && !Number.isNaN(d.getTime()) ? d.toISOString() : undefined;
}
