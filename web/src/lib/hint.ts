import type { Span } from "../api/types";
import { unfold } from "./message";

const hints = new WeakMap<Span, string>();

/** What a row says besides the name: what a model called or answered, with what a tool was called, what a search found. */
export function hintOf(span: Span): string {
  let hint = hints.get(span);
  if (hint === undefined) hints.set(span, (hint = makeHint(span)));
  return hint;
}

function makeHint(span: Span): string {
  const parts = span.output?.flatMap((m) => m.parts) ?? [];
  switch (span.kind) {
    case "llm": {
      const calls = parts.filter((p) => p.type === "tool_call").map((p) => p.name || "tool");
      if (calls.length > 0) return `→ ${[...new Set(calls)].join(", ")}`;
      return line(parts.find((p) => p.type === "text")?.text ?? "") || model(span);
    }
    case "tool":
      return [named(span), line(values(unfold(span.tool?.arguments)))].filter(Boolean).join(" ");
    case "retrieval":
      return span.documents && span.documents.length > 0 ? `${span.documents.length} found` : "";
    default:
      return model(span);
  }
}

function model({ name, model: m }: Span): string {
  const word = m?.used || m?.requested || "";
  return name.includes(word) || (m?.requested && name.includes(m.requested)) ? "" : word;
}

function named({ name, tool }: Span): string {
  return tool?.name && !name.includes(tool.name) ? tool.name : "";
}

function values(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value !== "object") return String(value);
  return Object.values(value).map((v) => (typeof v === "string" ? v : JSON.stringify(v))).join(", ");
}

function line(text: string): string {
  const short = text.slice(0, 200).replaceAll(/\s+/g, " ").trim();
  return short.length > 80 ? `${short.slice(0, 80)} …` : short;
}
