import { foldAll, startFolds, unfoldAll, type Folds, type Node, type Tree, type TreeSpan } from "./tree";

/**
 * Folds as text for a link: where they start from (nothing for the trace's own start, "all" folded, "none" folded), then
 * the spans that were unfolded, and with ~ those that were folded since. The way to the selected span needs no mention.
 */
export function readFolds(tree: Tree<TreeSpan>, text: string | undefined): Folds {
  const words = text?.split(",") ?? [];
  let folds = words[0] === "all" ? foldAll(tree) : words[0] === "none" ? unfoldAll(tree) : startFolds(tree);
  for (const word of words) {
    const node = tree.byId.get(word.replace("~", ""));
    if (node) folds = withFold(folds, node, word.startsWith("~"));
  }
  return folds;
}

/** More folds than these make a link too long; the oldest are then left out of it. */
const mostInLink = 40;

/** The text of the folds after one more. */
export function noteFold(text: string | undefined, id: string, shut: boolean): string {
  const words = text?.split(",") ?? [];
  const base = words[0] === "all" || words[0] === "none" ? words.slice(0, 1) : [];
  const since = words.slice(base.length).filter((w) => w !== "" && w.replace("~", "") !== id);
  return [...base, ...since.slice(1 - mostInLink), `${shut ? "~" : ""}${id}`].join(",");
}

/** A span's children, and the calls of its loop, folded or unfolded. */
export function withFold(folds: Folds, node: Node<TreeSpan>, shut: boolean): Folds {
  const id = node.span.span_id;
  const closed = new Set(folds.closed);
  const open = new Set(folds.open);
  if (node.children.length > 0) {
    if (shut) closed.add(id);
    else closed.delete(id);
  }
  if (node.loop) {
    if (shut) open.delete(id);
    else open.add(id);
  }
  return { closed, open };
}
