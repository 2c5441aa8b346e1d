/** Which columns of a list show, in their order, and how wide. In an address: `name:240,start,cost`. */

export interface LaidOut {
  id: string;
  /** Pixels; undefined for the column's own. */
  width?: number;
}

export const leastWidth = 48;
const mostWidth = 1200;

export function parseLayout(text: string | undefined, known: readonly string[]): LaidOut[] | undefined {
  if (!text) return undefined;
  const out: LaidOut[] = [];
  for (const piece of text.split(",")) {
    const [id = "", width] = piece.split(":");
    if (!known.includes(id) || out.some((c) => c.id === id)) continue;
    const px = Number(width);
    out.push(width !== undefined && Number.isFinite(px) ? { id, width: within(px) } : { id });
  }
  return out.length > 0 ? out : undefined;
}

export function printLayout(layout: readonly LaidOut[]): string {
  return layout.map(({ id, width }) => (width ? `${id}:${width}` : id)).join(",");
}

export function within(px: number): number {
  return Math.round(Math.min(mostWidth, Math.max(leastWidth, px)));
}

/** Shows or hides a column; one that comes back takes the place that it has among all. */
export function show(layout: readonly LaidOut[], id: string, on: boolean, all: readonly string[]): LaidOut[] {
  if (!on) return layout.filter((c) => c.id !== id);
  if (layout.some((c) => c.id === id)) return [...layout];
  const place = all.indexOf(id);
  const at = layout.findIndex((c) => all.indexOf(c.id) > place);
  return at < 0 ? [...layout, { id }] : [...layout.slice(0, at), { id }, ...layout.slice(at)];
}

/** Moves a column by so many places. */
export function move(layout: readonly LaidOut[], id: string, by: number): LaidOut[] {
  const from = layout.findIndex((c) => c.id === id);
  const to = Math.min(layout.length - 1, Math.max(0, from + by));
  const out = [...layout];
  const [one] = out.splice(from, from < 0 ? 0 : 1);
  if (one) out.splice(to, 0, one);
  return out;
}

export function resize(layout: readonly LaidOut[], id: string, width: number): LaidOut[] {
  return layout.map((c) => (c.id === id ? { id, width: within(width) } : c));
}
