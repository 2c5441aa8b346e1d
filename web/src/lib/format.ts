import type { Cost, Int, Score, Tokens } from "../api/types";

const grouped = new Intl.NumberFormat("en-US");

/** 1,234. Integers beyond 2^53 come as text and keep every digit. */
export function count(n: Int | null | undefined): string {
  if (n === null || n === undefined || n === "") return "0";
  if (typeof n === "number") return grouped.format(n);
  return /^-?\d+$/.test(n) ? grouped.format(BigInt(n)) : n;
}

/** "1 span", "2 spans", "1,234 spans". */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

/** 12 µs, 3.4 ms, 120 ms, 3.4 s, 2 min 5 s, 3 h 4 min, 2 d 3 h. */
export function duration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined || !Number.isFinite(ms)) return "–";
  if (ms < 0) return `−${duration(-ms)}`;
  if (ms === 0) return "0 ms";
  if (ms < 0.9995) return `${Math.max(1, Math.round(ms * 1000))} µs`;
  if (ms < 9.95) return `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const s = Math.round(ms / 1000);
  if (s < 3600) return pair(s, 60, "min", "s");
  const min = Math.round(s / 60);
  if (min < 24 * 60) return pair(min, 60, "h", "min");
  return pair(Math.round(min / 60), 24, "d", "h");
}

function pair(total: number, per: number, big: string, small: string): string {
  const rest = total % per;
  const head = `${count(Math.floor(total / per))} ${big}`;
  return rest === 0 ? head : `${head} ${rest} ${small}`;
}

/** All digits that are known: "3,412.345678 ms". */
export function durationExact(ms: number | null | undefined): string {
  if (ms === null || ms === undefined || !Number.isFinite(ms)) return "not known";
  return `${new Intl.NumberFormat("en-US", { maximumFractionDigits: 6 }).format(ms)} ms`;
}

const signs: Record<string, string> = { USD: "$", EUR: "€", GBP: "£", JPY: "¥" };

/**
 * Money from a decimal text, never through a float: "$0.0012", "$12.35", "CHF 0.0012". From one unit on it has two
 * decimals, below that four, or as many as two significant digits need.
 */
export function money(amount: string, currency = "USD"): string {
  const m = /^(-?)(\d+)(?:\.(\d+))?$/.exec(amount.trim());
  if (!m) return `${amount} ${currency}`.trim();
  const units = (m[2] ?? "0").replace(/^0+(?=\d)/, "");
  const fraction = m[3] ?? "";
  const zeros = /^0*/.exec(fraction)?.[0].length ?? 0;
  let decimals = 2;
  if (units === "0") decimals = Math.min(12, Math.max(4, zeros + 2));
  let text = roundHalfUp(units, fraction, decimals);
  if (units === "0" && zeros === fraction.length) text = "0";
  const [int = "0", dec] = text.split(".");
  const number = grouped.format(BigInt(int)) + (dec ? `.${dec}` : "");
  const sign = signs[currency];
  return `${m[1]}${sign ?? `${currency} `}${number}`;
}

function roundHalfUp(units: string, fraction: string, decimals: number): string {
  const digits = BigInt(units + fraction.padEnd(decimals, "0").slice(0, decimals));
  const up = (fraction[decimals] ?? "0") >= "5" ? 1n : 0n;
  const text = (digits + up).toString().padStart(decimals + 1, "0");
  return decimals === 0 ? text : `${text.slice(0, -decimals)}.${text.slice(-decimals)}`;
}

/** What a cost cell says, and the exact value for its title. Unpriced is a word, never a zero. */
export function cost(c: Cost | null | undefined): { text: string; title: string; priced: boolean } {
  if (!c) return { text: "–", title: "no model call, no cost", priced: false };
  if (c.state === "mixed") return { text: "mixed", title: "in several currencies, which do not add up", priced: false };
  if (c.state === "unpriced") {
    const known = c.amount && !/^0*(\.0*)?$/.test(c.amount) ? `${money(c.amount, c.currency)} + unpriced` : "unpriced";
    return { text: known, title: c.reason || "no price is known for a model used here; this is not zero", priced: false };
  }
  if (!c.amount) return { text: "–", title: "no model call, no cost", priced: false };
  const exact = `${c.amount} ${c.currency}`;
  const about = c.state === "estimated";
  return {
    text: (about ? "≈ " : "") + money(c.amount, c.currency),
    title: [exact, about ? "estimated" : "", c.price ? `price ${c.price}` : ""].filter(Boolean).join(" · "),
    priced: true,
  };
}

/** Input plus output tokens, which is what a call took; cached are in input, reasoning in output. */
export function totalTokens(t: Tokens | null | undefined): bigint {
  if (!t) return 0n;
  return whole(t.input_tokens) + whole(t.output_tokens);
}

function whole(n: Int | null | undefined): bigint {
  if (typeof n === "number") return Number.isFinite(n) ? BigInt(Math.trunc(n)) : 0n;
  return n && /^-?\d+$/.test(n) ? BigInt(n) : 0n;
}

export function tokensTitle(t: Tokens | null | undefined): string {
  if (!t) return "";
  const parts = [`input ${count(t.input_tokens)}`, `output ${count(t.output_tokens)}`];
  if (whole(t.cache_read_tokens) > 0n) parts.push(`of input from cache ${count(t.cache_read_tokens)}`);
  if (whole(t.reasoning_tokens) > 0n) parts.push(`of output reasoning ${count(t.reasoning_tokens)}`);
  return parts.join(" · ");
}

/** 512 B, 1.5 kB, 3.2 MB: powers of 1,000. */
export function bytes(n: number): string {
  if (n < 1000) return `${n} B`;
  const units = ["kB", "MB", "GB", "TB"];
  let value = n / 1000;
  let i = 0;
  while (value >= 999.5 && i < units.length - 1) {
    value /= 1000;
    i++;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[i]}`;
}

/** The judgement itself: 0.5, a label, yes or no; "undecided" where the judge could not tell. */
export function scoreValue(s: Pick<Score, "value" | "label" | "boolean">): string {
  if (typeof s.value === "number") return String(Math.round(s.value * 10_000) / 10_000);
  if (s.label) return s.label;
  if (typeof s.boolean === "boolean") return s.boolean ? "yes" : "no";
  return "undecided";
}
