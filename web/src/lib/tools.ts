import type { Span, ToolOffer } from "../api/types";

export interface ToolUse {
  /** In the order offered; fresh where the call before did not offer it. */
  offered: { tool: ToolOffer; called: boolean; fresh: boolean }[];
  called: { name: string; times: number; offered: boolean }[];
  /** What the call before offered and this one does not. */
  withdrawn: string[];
}

/** The tools that a model call was offered and those that its answer calls, against the call before it. */
export function toolUse(span: Pick<Span, "tools_offered" | "output">, before: Pick<Span, "tools_offered"> | undefined): ToolUse {
  const times = new Map<string, number>();
  for (const m of span.output ?? []) {
    for (const p of m.parts) if (p.type === "tool_call") times.set(p.name ?? "", (times.get(p.name ?? "") ?? 0) + 1);
  }
  const offers = span.tools_offered ?? [];
  const names = new Set(offers.map((o) => o.name));
  const earlier = before?.tools_offered ?? [];
  const known = new Set(earlier.map((o) => o.name));
  return {
    offered: offers.map((tool) => ({ tool, called: times.has(tool.name), fresh: known.size > 0 && !known.has(tool.name) })),
    called: [...times].map(([name, n]) => ({ name: name || "(no name)", times: n, offered: names.has(name) })),
    withdrawn: offers.length > 0 ? earlier.filter((o) => !names.has(o.name)).map((o) => o.name) : [],
  };
}
