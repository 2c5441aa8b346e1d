/** Times come as RFC 3339 with nanoseconds. Differences keep them; a Date alone would drop everything below 1 ms. */

/** Milliseconds from a to b, exact to the nanosecond; undefined where one of them is missing or unreadable. */
export function between(a: string | null | undefined, b: string | null | undefined): number | undefined {
  const from = instant(a);
  const to = instant(b);
  return from && to ? since(from, to) : undefined;
}

/** A moment that keeps its nanoseconds. */
export interface Instant {
  seconds: number;
  nanos: number;
}

/** Reads RFC 3339; undefined for what is missing or unreadable. */
export function instant(t: string | null | undefined): Instant | undefined {
  if (!t) return undefined;
  const dot = t.indexOf(".");
  const end = dot < 0 ? dot : digitsEnd(t, dot + 1);
  const seconds = Date.parse(dot < 0 ? t : t.slice(0, dot) + t.slice(end)) / 1000;
  if (Number.isNaN(seconds)) return undefined;
  return { seconds, nanos: dot < 0 ? 0 : Number(t.slice(dot + 1, Math.min(end, dot + 10)).padEnd(9, "0")) };
}

function digitsEnd(t: string, from: number): number {
  let end = from;
  while (t.charCodeAt(end) >= 48 && t.charCodeAt(end) <= 57) end++;
  return end;
}

/** Milliseconds from a to b. */
export function since(a: Instant, b: Instant): number {
  return (b.seconds - a.seconds) * 1000 + (b.nanos - a.nanos) / 1e6;
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

/** The time of day in UTC, to the second, and the day where it is not the local one: "22:51:27 UTC". */
export function utcClock(t: string | null | undefined): string {
  const date = t ? new Date(t) : undefined;
  if (!date || Number.isNaN(date.getTime())) return "";
  const iso = date.toISOString();
  const otherDay = date.getDate() !== date.getUTCDate();
  return `${otherDay ? `${iso.slice(0, 10)} ` : ""}${iso.slice(11, 19)} UTC`;
}
