import { diffLines, diffWordsWithSpace, type Change } from "diff";

/** A stretch of a text difference. Long equal stretches are folded in the middle. */
export interface Piece {
  as: "same" | "added" | "removed" | "folded";
  text: string;
}

/** Edits beyond these are compared more coarsely: by lines, and in the end as two whole texts. */
const mostWords = 1500;
const mostLines = 3000;

const leastShared = 0.3;

/** How many characters of an equal stretch stay visible beside a change. */
const context = 120;

/** What was taken from before and what was put in to get after. */
export function textDiff(before: string, after: string): Piece[] {
  const changes: Change[] | undefined =
    diffWordsWithSpace(before, after, { maxEditLength: mostWords }) ?? diffLines(before, after, { maxEditLength: mostLines });
  const same = changes?.reduce((n, c) => n + (c.added || c.removed ? 0 : c.value.length), 0) ?? 0;
  // Two texts with little in common are easier to read one after the other than word by word.
  if (!changes || same < Math.max(before.length, after.length) * leastShared) return [{ as: "removed", text: before }, { as: "added", text: after }].filter((p) => p.text !== "") as Piece[];
  const pieces: Piece[] = [];
  changes.forEach((c, i) => {
    if (c.added || c.removed) pieces.push({ as: c.added ? "added" : "removed", text: c.value });
    else pieces.push(...folded(c.value, i === 0, i === changes.length - 1));
  });
  return pieces;
}

/** An equal stretch, with its middle, or what is far from the only change beside it, folded. */
function folded(text: string, first: boolean, last: boolean): Piece[] {
  const head = first ? 0 : headEnd(text);
  const tail = last ? text.length : Math.max(head, tailStart(text));
  if (tail - head < context) return [{ as: "same", text }];
  const all: Piece[] = [
    { as: "same", text: text.slice(0, head) },
    { as: "folded", text: text.slice(head, tail) },
    { as: "same", text: text.slice(tail) },
  ];
  return all.filter((p) => p.text !== "");
}

/** Where the beginning that stays visible ends: at a line's end or a space where one is near. */
function headEnd(text: string): number {
  if (text.length <= context) return text.length;
  const line = text.lastIndexOf("\n", context);
  if (line >= context / 2) return line;
  const space = text.lastIndexOf(" ", context);
  return space >= context / 2 ? space : context;
}

function tailStart(text: string): number {
  const at = text.length - context;
  if (at <= 0) return 0;
  const line = text.indexOf("\n", at);
  if (line >= 0 && line < at + context / 2) return line + 1;
  const space = text.indexOf(" ", at);
  return space >= 0 && space < at + context / 2 ? space + 1 : at;
}
