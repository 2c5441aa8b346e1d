import { createColumnHelper } from "@tanstack/react-table";
import { Link } from "@tanstack/react-router";
import type { Trace } from "../../api/types";
import { Duration, Failed, KindIcon, Money, Scores, State, TokenCount, When } from "../../components/facts";
import { features, type Column } from "../../components/RowTable";
import { fromList, listSearch } from "../../lib/search";
import classes from "./Traces.module.css";

const helper = createColumnHelper<typeof features, Trace>();

export const columns = helper.columns([
  helper.display({
    id: "status",
    meta: { title: "Status", width: 88 },
    cell: ({ row: { original: t } }) => <State code={t.status.code} message={t.status.message} unfinished={t.unfinished} />,
  }),
  helper.display({
    id: "start",
    meta: { title: "Time", width: 128, sort: "start" },
    cell: ({ row }) => <When time={row.original.start} />,
  }),
  helper.display({
    id: "name",
    meta: { title: "Name", width: 160, grow: 2 },
    cell: ({ row }) => <Name trace={row.original} />,
  }),
  helper.display({
    id: "input",
    meta: { title: "Input", width: 180, grow: 4 },
    cell: ({ row }) => <Preview text={row.original.input_preview} />,
  }),
  helper.display({
    id: "output",
    meta: { title: "Output", width: 170, grow: 4 },
    cell: ({ row }) => <Preview text={row.original.output_preview} />,
  }),
  helper.display({
    id: "duration",
    meta: { title: "Duration", width: 100, right: true, sort: "duration" },
    cell: ({ row: { original: t } }) => <Duration ms={t.duration_ms} unfinished={t.unfinished} />,
  }),
  helper.display({
    id: "tokens",
    meta: { title: "Tokens", width: 76, right: true, sort: "tokens" },
    cell: ({ row }) => <TokenCount tokens={row.original.tokens} />,
  }),
  helper.display({
    id: "cost",
    meta: { title: "Cost", width: 86, right: true, sort: "cost" },
    cell: ({ row: { original: t } }) => <Money value={t.cost} />,
  }),
  helper.display({
    id: "model",
    meta: { title: "Model", width: 116, grow: 1 },
    cell: ({ row }) => <Models names={row.original.models} />,
  }),
  helper.display({ id: "env", meta: { title: "Environment", width: 104 }, cell: ({ row }) => <Text text={row.original.environment} /> }),
  helper.display({ id: "user", meta: { title: "User", width: 80 }, cell: ({ row }) => <Text text={row.original.user} /> }),
  helper.display({
    id: "session",
    meta: { title: "Session", width: 96 },
    cell: ({ row }) => <SessionLink id={row.original.session} />,
  }),
  helper.display({
    id: "scores",
    meta: { title: "Scores", width: 110, grow: 1 },
    cell: ({ row }) => <Scores scores={row.original.scores} />,
  }),
]) as Column<Trace>[];

/** Columns that stay away while no row has anything to say in them, unless the reader asked for them. */
const filled: Record<string, (t: Trace) => boolean> = {
  model: (t) => (t.models?.length ?? 0) > 0,
  env: (t) => Boolean(t.environment),
  user: (t) => Boolean(t.user),
  session: (t) => Boolean(t.session),
  scores: (t) => (t.scores?.length ?? 0) > 0,
};

/** The hidden columns: what the reader chose, else the ones that would be empty. */
export function hiddenColumns(rows: Trace[], chosen: Record<string, boolean>): Record<string, boolean> {
  const hidden: Record<string, boolean> = {};
  for (const { id } of columns) {
    if (!id) continue;
    const test = filled[id];
    hidden[id] = chosen[id] === undefined ? test !== undefined && !rows.some(test) : !chosen[id];
  }
  return hidden;
}

function Name({ trace: t }: { trace: Trace }) {
  return (
    <span className={classes.name}>
      <KindIcon kind={t.kind} />
      <Link
        to="/traces/$traceId"
        params={{ traceId: t.trace_id }}
        search={(old) => fromList(t, listSearch(old))}
        className="plain clip"
        title={`${t.name} · ${t.spans} spans, ${t.errors} failed`}
        tabIndex={-1}
      >
        {t.name || "(no name)"}
      </Link>
      <Failed n={t.errors} />
    </span>
  );
}

function Text({ text }: { text: string | undefined }) {
  return text ? <span title={text}>{text}</span> : <span className="muted">–</span>;
}

function Preview({ text }: { text: string | undefined }) {
  return <Text text={text?.replaceAll(/\s+/g, " ").trim()} />;
}

function Models({ names }: { names: string[] | undefined }) {
  if (!names || names.length === 0) return <span className="muted">–</span>;
  return (
    <span title={names.join(", ")}>
      {names[0]}
      {names.length > 1 && <span className="muted"> +{names.length - 1}</span>}
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
