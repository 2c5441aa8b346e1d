import { createColumnHelper } from "@tanstack/react-table";
import { IconCornerDownRight } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import type { Trace } from "../../api/types";
import { Outcome } from "../../components/Outcome";
import { TroubleCounts } from "../../components/Problems";
import { Duration, Failed, KindIcon, Money, Scores, TokenCount, When } from "../../components/facts";
import { features, type Column } from "../../components/RowTable";
import { plural } from "../../lib/format";
import type { LaidOut } from "../../lib/layout";
import { fromList, listSearch } from "../../lib/search";
import classes from "./Traces.module.css";

const helper = createColumnHelper<typeof features, Trace>();

export const columns = helper.columns([
  helper.display({
    id: "outcome",
    meta: { title: "Outcome", width: 92 },
    cell: ({ row: { original: t } }) => <Outcome value={t.outcome} />,
  }),
  helper.display({
    id: "start",
    meta: { title: "Time", width: 128, sort: "start" },
    cell: ({ row }) => <When time={row.original.start} />,
  }),
  helper.display({
    id: "name",
    meta: { title: "Name", width: 140, grow: 2 },
    cell: ({ row }) => <Name trace={row.original} />,
  }),
  helper.display({
    id: "problems",
    meta: { title: "Problems", width: 78 },
    cell: ({ row }) => <Troubles trace={row.original} />,
  }),
  helper.display({
    id: "duration",
    meta: { title: "Duration", width: 88, right: true, sort: "duration" },
    cell: ({ row: { original: t } }) => <Duration ms={t.duration_ms} unfinished={t.unfinished} />,
  }),
  helper.display({
    id: "tokens",
    meta: { title: "Tokens", width: 76, right: true, sort: "tokens" },
    cell: ({ row }) => <TokenCount tokens={row.original.tokens} />,
  }),
  helper.display({
    id: "cost",
    meta: { title: "Cost", width: 80, right: true, sort: "cost" },
    cell: ({ row: { original: t } }) => <Money value={t.cost} />,
  }),
  helper.display({
    id: "input",
    meta: { title: "First message", width: 120, grow: 4 },
    cell: ({ row }) => <Preview text={row.original.input_preview} />,
  }),
  helper.display({
    id: "output",
    meta: { title: "Last answer", width: 110, grow: 4 },
    cell: ({ row }) => <Preview text={row.original.output_preview} />,
  }),
  helper.display({
    id: "model",
    meta: { title: "Model", width: 116, grow: 1 },
    cell: ({ row }) => <Several list={row.original.models} />,
  }),
  helper.display({ id: "env", meta: { title: "Environment", width: 104 }, cell: ({ row }) => <Text text={row.original.environment} /> }),
  helper.display({ id: "user", meta: { title: "User", width: 80 }, cell: ({ row }) => <Text text={row.original.user} /> }),
  helper.display({
    id: "session",
    meta: { title: "Session", width: 96 },
    cell: ({ row }) => <SessionLink id={row.original.session} />,
  }),
  helper.display({ id: "agent", meta: { title: "Agent", width: 110 }, cell: ({ row }) => <Text text={row.original.agent?.name} /> }),
  helper.display({ id: "release", meta: { title: "Release", width: 90 }, cell: ({ row }) => <Text text={row.original.release} /> }),
  helper.display({ id: "service", meta: { title: "Service", width: 110 }, cell: ({ row }) => <Text text={row.original.service} /> }),
  helper.display({ id: "tags", meta: { title: "Tags", width: 110 }, cell: ({ row }) => <Several list={row.original.tags} /> }),
  helper.display({
    id: "scores",
    meta: { title: "Scores", width: 110, grow: 1 },
    cell: ({ row }) => <Scores scores={row.original.scores} />,
  }),
]) as Column<Trace>[];

export const allColumns: string[] = columns.map((c) => c.id!);

export function titleOf(id: string): string {
  return columns.find((c) => c.id === id)?.meta?.title ?? id;
}

/** Columns that stay away while no row has anything to say in them, unless the reader asked for them. */
const filled: Record<string, (t: Trace) => boolean> = {
  problems: (t) => t.problems > 0,
  model: (t) => (t.models?.length ?? 0) > 0,
  env: (t) => Boolean(t.environment),
  user: (t) => Boolean(t.user),
  session: (t) => Boolean(t.session),
  scores: (t) => (t.scores?.length ?? 0) > 0,
};

const onDemand = new Set(["agent", "release", "service", "tags"]);

/** The columns where the reader chose none: those that are not empty. */
export function filledLayout(rows: Trace[]): LaidOut[] {
  return allColumns.filter((id) => !onDemand.has(id) && (!filled[id] || rows.some(filled[id]))).map((id) => ({ id }));
}

/** The columns of a layout, in its order. */
export function laidOut(layout: LaidOut[]): Column<Trace>[] {
  return layout.flatMap(({ id }) => columns.find((c) => c.id === id) ?? []);
}

function Name({ trace: t }: { trace: Trace }) {
  const matched = t.matched_span_id && t.matched_span_id !== t.root_span_id;
  return (
    <span className={classes.name}>
      <KindIcon kind={t.kind} />
      <Link
        to="/traces/$traceId"
        params={{ traceId: t.trace_id }}
        search={(old) => fromList(t, listSearch(old))}
        className="plain clip"
        title={`${t.name} · ${plural(t.spans, "span")}${matched ? ` · opens at span ${t.matched_span_id}, which matches` : ""}`}
        tabIndex={-1}
      >
        {t.name || "(no name)"}
      </Link>
      {matched && <IconCornerDownRight size={12} role="img" aria-label="a span below matches" className={classes.matched} />}
    </span>
  );
}

/** Spans that failed, and spans that went wrong softly. */
function Troubles({ trace: t }: { trace: Trace }) {
  if (t.problems === 0) return <span className="muted">–</span>;
  return (
    <span className={classes.name}>
      <Failed n={t.errors} />
      <TroubleCounts errors={0} soft={t.problems - t.errors} />
    </span>
  );
}

function Text({ text }: { text: string | undefined }) {
  return text ? <span title={text}>{text}</span> : <span className="muted">–</span>;
}

function Preview({ text }: { text: string | undefined }) {
  return <Text text={text?.replaceAll(/\s+/g, " ").trim()} />;
}

function Several({ list }: { list: string[] | undefined }) {
  if (!list || list.length === 0) return <span className="muted">–</span>;
  return (
    <span title={list.join(", ")}>
      {list[0]}
      {list.length > 1 && <span className="muted"> +{list.length - 1}</span>}
    </span>
  );
}

function SessionLink({ id }: { id: string }) {
  if (!id) return <span className="muted">–</span>;
  return (
    <Link to="/sessions/$sessionId" params={{ sessionId: id }} className="plain" title={id} tabIndex={-1}>
      {id}
    </Link>
  );
}
