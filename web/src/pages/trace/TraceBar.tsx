import { ActionIcon, CloseButton, SegmentedControl, TextInput, Tooltip } from "@mantine/core";
import { IconChevronDown, IconChevronUp, IconSearch } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { TroubleCounts } from "../../components/Problems";
import { count } from "../../lib/format";
import { useKeys } from "../../lib/keys";
import type { TraceView } from "../../lib/search";
import type { TraceModel } from "./model";
import type { Found } from "./useFound";
import classes from "./Trace.module.css";

interface Props {
  model: TraceModel;
  selected: string | undefined;
  onSelect: (span: string) => void;
  view: TraceView;
  onView: (view: TraceView) => void;
  text: string;
  onFind: (text: string) => void;
  found: Found;
}

const views: { value: TraceView; label: string }[] = [
  { value: "waterfall", label: "Waterfall" },
  { value: "conversation", label: "Conversation" },
  { value: "graph", label: "Graph" },
];

/** What all views share: which one shows, the steps from problem to problem, and the search within the trace. */
export function TraceBar({ model, selected, onSelect, view, onView, text, onFind, found }: Props) {
  return (
    <div className={classes.bar}>
      <SegmentedControl aria-label="View" data={views} value={view} onChange={(v) => onView(v as TraceView)} />
      <Problems model={model} selected={selected} onSelect={onSelect} />
      <div className={classes.grow} />
      <Find text={text} onFind={onFind} found={found} selected={selected} onSelect={onSelect} />
    </div>
  );
}

function Problems({ model, selected, onSelect }: Pick<Props, "model" | "selected" | "onSelect">) {
  const { problems, tree } = model;
  const place = problems.findIndex((n) => n.span.span_id === selected);
  const go = (step: 1 | -1) => {
    if (problems.length === 0) return;
    const from = place < 0 && step < 0 ? 0 : place;
    onSelect(problems[(from + step + problems.length) % problems.length]!.span.span_id);
  };
  useKeys("Trace", [
    { keys: ["n"], what: "Next problem", run: () => go(1) },
    { keys: ["p"], what: "Problem before", run: () => go(-1) },
  ]);
  if (problems.length === 0) return <span className="muted">No problems</span>;
  const sums = tree.roots.reduce(
    (sum, r) => ({ errors: sum.errors + r.errorsBelow + (r.wrong === "error" ? 1 : 0), soft: sum.soft + r.softBelow + (r.wrong === "soft" ? 1 : 0) }),
    { errors: 0, soft: 0 },
  );
  return (
    <span className={classes.problems}>
      <TroubleCounts errors={sums.errors} soft={sums.soft} />
      <span className="num muted">{place >= 0 ? `problem ${count(place + 1)} of ${count(problems.length)}` : `${count(problems.length)} to look at`}</span>
      <Tooltip label="Problem before  p"><ActionIcon size="sm" aria-label="Problem before" onClick={() => go(-1)}><IconChevronUp size={15} aria-hidden /></ActionIcon></Tooltip>
      <Tooltip label="Next problem  n"><ActionIcon size="sm" aria-label="Next problem" onClick={() => go(1)}><IconChevronDown size={15} aria-hidden /></ActionIcon></Tooltip>
    </span>
  );
}

function Find({ text, onFind, found, selected, onSelect }: Pick<Props, "onFind" | "found" | "text" | "selected" | "onSelect">) {
  const input = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState(text);
  const [shown, setShown] = useState(text);
  if (shown !== text) { // the address changed it
    setShown(text);
    setTyped(text);
  }
  const { list } = found;
  const place = list.indexOf(selected ?? "");
  const go = (step: 1 | -1) => {
    if (list.length > 0) onSelect(list[(Math.max(place, step > 0 ? -1 : 0) + step + list.length) % list.length]!);
  };
  const change = (next: string) => {
    setTyped(next);
    setShown(next);
    onFind(next);
  };
  useKeys("Trace", [{ keys: ["/"], what: "Find in this trace; Enter goes on, Shift Enter back, Esc leaves", run: () => input.current?.select() }]);
  useEffect(() => {
    if (found.busy || list.length === 0 || document.activeElement !== input.current) return;
    if (!list.includes(selected ?? "")) onSelect(list[0]!);
    // eslint-disable-next-line react-hooks/exhaustive-deps -- a new result moves the selection, a new selection does not
  }, [found]);
  const note = !text.trim() ? "" : found.busy ? "…" : list.length === 0 ? "none" : `${place >= 0 ? `${count(place + 1)} of ` : ""}${count(list.length)}${found.more ? "+" : ""}`;
  return (
    <span className={classes.find}>
      <TextInput
        ref={input}
        aria-label="Find in this trace"
        placeholder="Find in this trace  ( / )"
        leftSection={<IconSearch size={14} aria-hidden />}
        rightSection={typed ? <CloseButton size="xs" aria-label="Stop looking" onClick={() => change("")} /> : undefined}
        value={typed}
        spellCheck={false}
        onChange={(e) => change(e.currentTarget.value)}
        onKeyDown={(e) => {
          if (e.key === "Enter") {
            e.preventDefault();
            go(e.shiftKey ? -1 : 1);
          }
          if (e.key === "Escape") e.currentTarget.blur();
        }}
      />
      <span className={`${classes.foundnote} num muted`} role="status" title={found.note}>{note}</span>
    </span>
  );
}
