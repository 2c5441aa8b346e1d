import type { Message, Part } from "../api/types";

/** How one part of a message is shown. */
export type View =
  | { as: "text"; text: string }
  | { as: "reasoning"; text: string }
  | { as: "call"; name: string; id: string; value: unknown }
  | { as: "result"; name: string; id: string; value: unknown }
  | { as: "image"; mime: string; source: MediaSource }
  | { as: "audio"; mime: string; source: MediaSource }
  | { as: "file"; mime: string; source: MediaSource }
  | { as: "json"; value: unknown };

/** Bytes in the blob store, or an address elsewhere. The latter is named and never loaded. */
export type MediaSource = { blob: string } | { uri: string } | { missing: true };

/** Decides what a part is; one of an unknown type is shown whole, as JSON. */
export function view(part: Part): View {
  switch (part.type) {
    case "text":
      return textView(part.text ?? "");
    case "reasoning":
      return { as: "reasoning", text: part.text ?? "" };
    case "tool_call":
      return { as: "call", name: part.name ?? "", id: part.id ?? "", value: unfold(part.value) };
    case "tool_result":
      return { as: "result", name: part.name ?? "", id: part.id ?? "", value: unfold(part.value ?? part.text) };
    case "media":
      return media(part);
    case "data":
      return { as: "json", value: part.value ?? part };
    default:
      return { as: "json", value: part };
  }
}

/** Text that is a JSON object or list is shown as such; the reader may still ask for the text. */
function textView(text: string): View {
  const value = parsed(text);
  return value === undefined ? { as: "text", text } : { as: "json", value };
}

/** The value of a JSON object or list in text form; undefined for every other text. */
export function parsed(text: string): unknown {
  const trimmed = text.trim();
  if (!/^[[{]/.test(trimmed) || !/[\]}]$/.test(trimmed)) return undefined;
  try {
    return JSON.parse(trimmed) as unknown;
  } catch {
    return undefined;
  }
}

/** Arguments and results often come as JSON in a string. */
export function unfold(value: unknown): unknown {
  if (typeof value !== "string") return value;
  return parsed(value) ?? value;
}

/** SVG may carry scripts and is not drawn; the rest of the types are those that browsers draw without plug-ins. */
const drawn = new Set(["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"]);

function media(part: Part): View {
  const mime = (part.mime ?? "").toLowerCase();
  const source: MediaSource = part.blob ? { blob: part.blob } : part.uri ? { uri: part.uri } : { missing: true };
  if ("blob" in source && drawn.has(mime)) return { as: "image", mime, source };
  if ("blob" in source && mime.startsWith("audio/")) return { as: "audio", mime, source };
  return { as: "file", mime, source };
}

export function pretty(value: unknown): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

export interface Folded {
  shown: string;
  /** Characters left out until the reader asks for them. */
  hidden: number;
}

/** Texts beyond the limit start folded, cut at a line's end where one is near. Nothing is lost: hidden says how much. */
export function fold(text: string, limit = 4000): Folded {
  if (text.length <= limit * 1.25) return { shown: text, hidden: 0 };
  const line = text.lastIndexOf("\n", limit);
  let end = line > limit * 0.75 ? line : limit;
  if (/[\uD800-\uDBFF]/.test(text[end - 1] ?? "")) end--;
  return { shown: text.slice(0, end), hidden: text.length - end };
}

/** What the copy button of a message gives: its texts, or its JSON where it has none. */
export function plain(message: Message): string {
  const texts = message.parts.filter((p) => p.type === "text").map((p) => p.text ?? "");
  return texts.length > 0 ? texts.join("\n") : pretty(message.parts);
}

export interface Flat {
  path: string;
  value: string;
}

/** Attributes as rows, nested objects by dotted path, lists whole; sorted by path. */
export function flatten(attributes: unknown, prefix = ""): Flat[] {
  const rows: Flat[] = [];
  for (const [key, value] of Object.entries(attributes ?? {}) as [string, unknown][]) {
    const path = prefix ? `${prefix}.${key}` : key;
    if (value !== null && typeof value === "object" && !Array.isArray(value) && Object.keys(value).length > 0) {
      rows.push(...flatten(value, path));
    } else {
      rows.push({ path, value: pretty(value) });
    }
  }
  return prefix ? rows : rows.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}
