import type { Problem, Span } from "../api/types";

/** What each problem is called in a row, and what it means in a sentence. */
const words: Record<Problem["code"], { short: string; means: string }> = {
  tool_error: { short: "tool error", means: "The tool answered with an error, though its span ended well." },
  empty_retrieval: { short: "nothing found", means: "The search found no document." },
  cut: { short: "cut", means: "The answer was cut off at its length limit." },
  filtered: { short: "filtered", means: "A content filter stopped the answer." },
  bad_arguments: { short: "bad arguments", means: "The arguments do not fit the schema that was offered." },
  context_full: { short: "context full", means: "The prompt fills more than 90% of the model's context window." },
  repeated: { short: "repeated", means: "The same call with the same arguments was made three times or more." },
};

/** The filter that holds for a span that failed, or that has a problem whatever its status says. */
export const failing = "(status:error OR problem:*)";

export interface Trouble {
  hard: boolean;
  short: string;
  means: string;
  detail: string;
}

/** Everything that went wrong in one span, its own failure first. A code that this build does not know shows as it is. */
export function troubles(span: Pick<Span, "status" | "problems">): Trouble[] {
  const list: Trouble[] = [];
  if (span.status.code === "error") {
    list.push({ hard: true, short: "error", means: "The span ended in error.", detail: span.status.message || "It failed without a message." });
  }
  for (const p of span.problems ?? []) {
    const known = (words as Record<string, { short: string; means: string } | undefined>)[p.code];
    list.push({ hard: false, short: known?.short ?? p.code.replaceAll("_", " "), means: known?.means ?? "", detail: p.detail });
  }
  return list;
}
