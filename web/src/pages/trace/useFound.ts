import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useDeferredValue, useMemo } from "react";
import { spansWithTextQuery } from "../../api/queries";
import { findSpans } from "../../lib/find";
import { useSession } from "../../session";
import type { TraceModel } from "./model";

/** The spans that hold the text. */
export interface Found {
  /** In order of start. */
  list: string[];
  set: ReadonlySet<string>;
  busy: boolean;
  /** Whether there are more than were asked for. */
  more: boolean;
  /** What was not looked through. */
  note: string | undefined;
}

/** Looks through what the page has; the server looks through the content that a large trace's answer left out. */
export function useFound(model: TraceModel, text: string): Found {
  const session = useSession();
  const { trace } = model;
  const wanted = useDeferredValue(text.trim());
  const here = useMemo(() => findSpans(trace.spans, wanted), [trace.spans, wanted]);
  const omitted = useMemo(() => trace.spans.some((s) => s.content === "omitted"), [trace.spans]);
  const [asked] = useDebouncedValue(text.trim(), 250);
  const remote = useQuery({ ...spansWithTextQuery(session, trace, asked), enabled: omitted && asked !== "" });
  const there = omitted && asked === wanted ? remote.data : undefined;
  const busy = wanted !== text.trim() || (omitted && wanted !== "" && (asked !== wanted || remote.isPending));
  return useMemo(() => {
    const set = new Set(here.map((s) => s.span_id));
    for (const id of there?.ids ?? []) set.add(id);
    const list = trace.spans.filter((s) => set.has(s.span_id)).map((s) => s.span_id);
    const note = omitted ? "Names and messages were searched, of each span's messages the first 32 KB; attributes and results of tools were not, as the trace is large" : undefined;
    return { list, set, busy, more: there?.more ?? false, note };
  }, [here, there, trace.spans, busy, omitted]);
}
