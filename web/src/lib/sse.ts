/** Server-sent events, read as text comes in. Only what the tail needs: how many events of which name, and their data. */

export interface Batch {
  /** Events of each name. */
  counts: Record<string, number>;
  /** The data of events whose name was asked for. */
  data: { event: string; data: string }[];
}

/** Reads pieces of a stream. Data of events is kept only for the names in keep, so that a flood costs no memory. */
export function reader(keep: readonly string[]) {
  let rest = "";
  return (piece: string): Batch => {
    const text = rest + piece;
    const blocks = text.split("\n\n");
    rest = blocks.pop() ?? "";
    const out: Batch = { counts: {}, data: [] };
    for (const block of blocks) {
      if (!block.startsWith("event: ")) continue; // a comment: the server says that it is alive
      const end = block.indexOf("\n");
      const event = block.slice(7, end < 0 ? undefined : end);
      out.counts[event] = (out.counts[event] ?? 0) + 1;
      if (keep.includes(event)) out.data.push({ event, data: block.slice(end + 1).replace(/^data: /, "") });
    }
    return out;
  };
}
