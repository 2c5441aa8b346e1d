/** Times come as RFC 3339 with nanoseconds. Differences keep them; a Date alone would drop everything below 1 ms. */

const fraction = /\.(\d+)/;

/** Milliseconds from a to b, exact to the nanosecond; undefined where one of them is missing or unreadable. */
export function between(a: string | null | undefined, b: string | null | undefined): number | undefined {
  if (!a || !b) return undefined;
  const [as, an] = split(a);
  const [bs, bn] = split(b);
  const ms = (bs - as) * 1000 + (bn - an) / 1e6;
  return Number.isFinite(ms) ? ms : undefined;
}

function split(t: string): [seconds: number, nanos: number] {
  const digits = fraction.exec(t)?.[1] ?? "";
  return [Date.parse(t.replace(fraction, "")) / 1000, Number(digits.slice(0, 9).padEnd(9, "0"))];
}

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", { day: "2-digit", month: "short" });
const dayYear = new Intl.DateTimeFormat("en-GB", { day: "2-digit", month: "short", year: "numeric" });

/** Local time, as short as it can be: 13:45:12 today, 20 Nov 13:45:12 this year, 20 Nov 2025 13:45:12 else. */
export function local(t: string | null | undefined, now: Date = new Date()): string {
  const date = t ? new Date(t) : undefined;
  if (!date || Number.isNaN(date.getTime())) return "–";
  if (date.toDateString() === now.toDateString()) return clock.format(date);
  const head = (date.getFullYear() === now.getFullYear() ? day : dayYear).format(date);
  return `${head} ${clock.format(date)}`;
}

/** The full time in UTC, as it was recorded. */
export function utc(t: string | null | undefined): string {
  if (!t) return "not known";
  return t.endsWith("Z") ? t.replace("T", " ").replace("Z", " UTC") : t;
}

/** "just now", "5 min ago", "3 h ago", "2 d ago", or "in 3 h". */
export function ago(t: string | null | undefined, now: number = Date.now()): string {
  const at = t ? Date.parse(t) : Number.NaN;
  if (Number.isNaN(at)) return "never";
  const s = Math.round(Math.abs(now - at) / 1000);
  if (s < 10) return "just now";
  const text =
    s < 60 ? `${s} s` : s < 3600 ? `${Math.floor(s / 60)} min` : s < 86_400 ? `${Math.floor(s / 3600)} h` : `${Math.floor(s / 86_400)} d`;
  return at <= now ? `${text} ago` : `in ${text}`;
}
