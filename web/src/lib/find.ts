import type { Span } from "../api/types";

const texts = new WeakMap<Span, string>();

/** All that a reader may look for in a span, in small letters: name, status, tool, messages, documents, attributes. */
function haystack(span: Span): string {
  let text = texts.get(span);
  if (text === undefined) {
    const parts: unknown[] = [
      span.name, span.span_id, span.status.message, span.agent?.name, span.model?.used, span.model?.requested, span.tool?.name,
      span.tool?.arguments, span.tool?.result,
    ];
    for (const m of [...(span.input ?? []), ...(span.output ?? [])]) {
      for (const p of m.parts) parts.push(p.text, p.name, p.value);
    }
    for (const d of span.documents ?? []) parts.push(d.id, d.content);
    for (const p of span.problems ?? []) parts.push(p.detail);
    parts.push(span.attributes, span.events);
    text = parts.map((p) => (typeof p === "string" ? p : p === undefined || p === null ? "" : JSON.stringify(p))).join("\n").toLowerCase();
    texts.set(span, text);
  }
  return text;
}

/** The spans that hold the text, in the order given. What the trace's answer left out is not seen here. */
export function findSpans<S extends Span>(spans: Iterable<S>, text: string): S[] {
  const wanted = text.trim().toLowerCase();
  if (!wanted) return [];
  const found: S[] = [];
  for (const span of spans) if (haystack(span).includes(wanted)) found.push(span);
  return found;
}
