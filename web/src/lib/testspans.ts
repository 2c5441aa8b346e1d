/** Spans for the tests of what is derived from a trace. */
import type { Message, Span } from "../api/types";

const t0 = Date.parse("2026-01-01T00:00:00Z");

export function said(role: string, text: string): Message {
  return { role, parts: [{ type: "text", text }] };
}

/** A span that starts at and takes so many milliseconds, or has not ended. */
export function aSpan(id: string, parent: string, at: number, ms: number | null, more: Partial<Span> = {}): Span {
  return {
    project: "default", trace_id: "t", span_id: id, parent_id: parent || undefined, name: id, kind: "other", otel_kind: "internal",
    start: new Date(t0 + at).toISOString(), end: ms === null ? null : new Date(t0 + at + ms).toISOString(), duration_ms: ms, first_token_ms: null,
    status: { code: "ok", message: "" }, problems: [], service: "", environment: "", release: "", level: "default", session: "", user: "",
    agent: { name: "", version: "" }, tags: [], derived: false, model: { provider: "", requested: "", used: "" }, finish_reason: "", usage: null,
    cost: null, reported_cost: null, prompt: { name: "", version: "" }, scores: [], marks: [], mapper: { version: 1, emitter: "", unmapped: [] }, rev: 0,
    ...more,
  };
}
