/**
 * The top level of a filter's text, as far as clicking on facets needs it: terms that stand side by side, each with its
 * place. Everything that is not a plain `field:value`, `field:(a OR b)` or its negation is kept as it was written. The
 * server's parser stays the judge of what a filter means.
 */
import { quote } from "./filter";

interface Term {
  start: number;
  end: number;
  /** Lower case; undefined where the term is of another form. */
  field?: string;
  values?: string[];
  not: boolean;
}

/** How a value stands in a filter. */
export type Stand = "in" | "out" | undefined;

/** Whether the text reads as terms that all must hold; with OR at its top level it is one expression. */
function split(text: string): { pieces: { start: number; end: number }[]; either: boolean } {
  const pieces: { start: number; end: number }[] = [];
  let depth = 0;
  let start = -1;
  let either = false;
  const close = (end: number) => {
    if (start >= 0) pieces.push({ start, end });
    if (start >= 0 && text.slice(start, end) === "OR") either = true;
    start = -1;
  };
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (/\s/.test(c) && depth === 0) {
      close(i);
      continue;
    }
    if (start < 0) start = i;
    if (c === "\\") i++;
    else if (c === '"') {
      for (i++; i < text.length && text[i] !== '"'; i++) if (text[i] === "\\") i++;
    } else if (c === "(") depth++;
    else if (c === ")") depth = Math.max(0, depth - 1);
  }
  close(text.length);
  return { pieces, either };
}

function terms(text: string): Term[] | undefined {
  const { pieces, either } = split(text);
  if (either) return undefined;
  const out: Term[] = [];
  for (let i = 0; i < pieces.length; i++) {
    const { start, end } = pieces[i]!;
    const word = text.slice(start, end);
    const next = pieces[i + 1];
    if (word === "NOT" && next) {
      out.push({ start, end: next.end, ...read(text.slice(next.start, next.end)), not: true });
      i++;
      continue;
    }
    const negated = word.length > 1 && word.startsWith("-");
    out.push({ start, end, ...read(negated ? word.slice(1) : word), not: negated });
  }
  return out;
}

const comparison = /^([A-Za-z][A-Za-z0-9_.]*)[:=](.+)$/s;

function read(word: string): { field?: string; values?: string[] } {
  const match = comparison.exec(word);
  if (!match || /^[<>=]/.test(match[2]!)) return {};
  const [, field, rest] = match as unknown as [string, string, string];
  if (!rest.startsWith("(")) {
    const value = plain(rest);
    return value === undefined ? {} : { field: field.toLowerCase(), values: [value] };
  }
  if (!rest.endsWith(")")) return {};
  const inner = rest.slice(1, -1);
  const values: string[] = [];
  const { pieces } = split(inner);
  for (const [n, p] of pieces.entries()) {
    const piece = inner.slice(p.start, p.end);
    if (n % 2 === 1) {
      if (piece !== "OR") return {};
      continue;
    }
    const value = plain(piece);
    if (value === undefined) return {};
    values.push(value);
  }
  return pieces.length % 2 === 1 ? { field: field.toLowerCase(), values } : {};
}

/** The text that a value stands for; undefined for a pattern, a range or anything that is not one plain text. */
function plain(word: string): string | undefined {
  if (word === "*") return "*";
  let out = "";
  for (let i = 0; i < word.length; i++) {
    const c = word[i]!;
    if (c === "\\") out += word[++i] ?? "";
    else if (c === '"') {
      for (i++; i < word.length && word[i] !== '"'; i++) out += word[i] === "\\" ? (word[++i] ?? "") : word[i];
      if (i >= word.length) return undefined;
    } else if (c === "*" || c === "(" || c === ")") return undefined;
    else out += c;
  }
  return word.includes("..") && !word.includes('"') ? undefined : out;
}

const synonyms: Record<string, string> = {
  environment: "env", tags: "tag", "user.id": "user", "session.id": "session", "agent.name": "agent", "tool.name": "tool",
};

const sameField = (a: string | undefined, b: string) => a !== undefined && (synonyms[a] ?? a) === (synonyms[b] ?? b);

/** How a value of a field stands in the filter: required, excluded, or neither. */
export function stand(text: string, field: string, value: string): Stand {
  for (const t of terms(text) ?? []) {
    if (sameField(t.field, field) && t.values?.includes(value)) return t.not ? "out" : "in";
  }
  return undefined;
}

/** The filter without its terms on a field; the text as it is where it cannot be taken apart. */
export function withoutField(text: string, field: string): string {
  let out = text;
  for (const t of (terms(text) ?? []).toReversed()) if (sameField(t.field, field)) out = cut(out, t);
  return out;
}

/** Takes a term out, with an AND that joined it. */
function cut(text: string, { start, end }: { start: number; end: number }): string {
  const before = text.slice(0, start).trimEnd();
  const after = text.slice(end).trimStart();
  if (/(^|\s)AND$/.test(before)) return joined(before.slice(0, -3).trimEnd(), after);
  if (before === "" && /^AND(\s|$)/.test(after)) return after.slice(3).trimStart();
  return joined(before, after);
}

function joined(a: string, b: string): string {
  return a && b ? `${a} ${b}` : a || b;
}

function write(field: string, values: string[], not: boolean): string {
  const shown = values.map((v) => (v === "*" ? "*" : quote(v)));
  return `${not ? "-" : ""}${field}:${shown.length === 1 ? shown[0] : `(${shown.join(" OR ")})`}`;
}

/**
 * Puts a value in, or takes it out where it stood so already. Several required values of one field are alternatives; each
 * excluded one is a term of its own kind, all in one list.
 */
export function toggle(text: string, field: string, value: string, want: "in" | "out"): string {
  const all = terms(text);
  if (!all) return joined(`(${text.trim()})`, write(field, [value], want === "out"));
  const now = stand(text, field, value);
  let out = text;
  if (now) {
    const t = all.find((x) => sameField(x.field, field) && x.values?.includes(value) && x.not === (now === "out"))!;
    const rest = t.values!.filter((v) => v !== value);
    out = rest.length === 0 ? cut(out, t) : out.slice(0, t.start) + write(t.field!, rest, t.not) + out.slice(t.end);
    if (now === want) return out.trim();
  }
  const not = want === "out";
  const same = terms(out)?.find((t) => sameField(t.field, field) && t.not === not && !t.values?.includes("*"));
  if (same) return out.slice(0, same.start) + write(same.field!, [...same.values!, value], not) + out.slice(same.end);
  return joined(out.trim(), write(field, [value], not));
}
