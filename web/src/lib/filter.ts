/** The filter as text. Its grammar belongs to the server; here it is only joined, and errors are placed in it. */

/** A value as the filter language wants it: bare where that is safe, quoted otherwise. */
export function quote(value: string): string {
  // Two points make a range.
  if (/^[\p{L}\p{N}_][\p{L}\p{N}_./-]*$/u.test(value) && !/^(and|or|not)$/i.test(value) && !value.includes("..")) return value;
  return `"${value.replace(/[\\"]/g, "\\$&")}"`;
}

export interface Combined {
  text: string | undefined;
  /** Characters put before the user's own text; columns that the server names are shifted by it. */
  shift: number;
}

/** Narrows the user's filter to an environment. The filter stays one expression of its own. */
export function combine(filter: string | undefined, env: string | undefined): Combined {
  const own = filter?.trim() ? filter : undefined;
  if (!env) return { text: own, shift: 0 };
  const narrow = `env:${quote(env)}`;
  if (!own) return { text: narrow, shift: 0 };
  return { text: `(${own}) ${narrow}`, shift: 1 };
}

export interface Mark {
  /** Offset and length in characters of the user's own text. */
  start: number;
  length: number;
}

/** Where an API error about the filter points to; undefined where it names no column. Columns count from 1. */
export function mark(details: Record<string, unknown>, text: string, shift: number): Mark | undefined {
  const column = Number(details.column);
  if (!Number.isInteger(column) || column < 1) return undefined;
  const size = [...text].length;
  const start = Math.min(Math.max(0, column - 1 - shift), size);
  const wanted = Number(details.length);
  const length = Number.isInteger(wanted) && wanted > 0 ? wanted : 1;
  return { start, length: Math.max(1, Math.min(length, size - start)) };
}

/** Where a candidate belongs, in characters, and what it stands for. */
export interface Place {
  from: number;
  to: number;
  expected: string;
}

/**
 * Puts a candidate where the completion says it belongs; answers the new text and where the cursor stands. A value and
 * a connective end a word, so a space follows; after a field comes its operator or its value.
 */
export function complete(text: string, { from, to, expected }: Place, candidate: string): { text: string; cursor: number } {
  const runes = [...text];
  const head = runes.slice(0, from).join("");
  const tail = runes.slice(to).join("");
  const done = head + candidate;
  const ends = expected === "value" || /^(AND|OR|NOT)$/.test(candidate);
  const space = ends && !tail.startsWith(" ") ? " " : "";
  return { text: done + space + tail, cursor: done.length + space.length };
}
