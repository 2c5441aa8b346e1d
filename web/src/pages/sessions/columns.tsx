import { createColumnHelper } from "@tanstack/react-table";
import { Link } from "@tanstack/react-router";
import type { Session } from "../../api/types";
import { Duration, Money, Scores, State, TokenCount, When } from "../../components/facts";
import { features, type Column } from "../../components/RowTable";
import { count } from "../../lib/format";

const helper = createColumnHelper<typeof features, Session>();

export const columns = helper.columns([
  helper.display({
    id: "status",
    meta: { title: "Status", width: 92 },
    cell: ({ row: { original: s } }) => <State code={s.errors > 0 ? "error" : "ok"} message={`${s.errors} failed spans`} />,
  }),
  helper.display({ id: "start", meta: { title: "Start", width: 132, sort: "start" }, cell: ({ row }) => <When time={row.original.start} /> }),
  helper.display({
    id: "session",
    meta: { title: "Session", width: 150, grow: 2 },
    cell: ({ row: { original: s } }) => (
      <Link to="/sessions/$sessionId" params={{ sessionId: s.session }} className="plain" title={s.session} tabIndex={-1}>{s.session}</Link>
    ),
  }),
  helper.display({ id: "first", meta: { title: "First message", width: 170, grow: 4 }, cell: ({ row }) => <Preview text={row.original.input_preview} /> }),
  helper.display({ id: "last", meta: { title: "Last answer", width: 160, grow: 4 }, cell: ({ row }) => <Preview text={row.original.output_preview} /> }),
  helper.display({
    id: "traces",
    meta: { title: "Traces", width: 70, right: true },
    cell: ({ row }) => <span className="num">{count(row.original.traces)}</span>,
  }),
  helper.display({
    id: "duration",
    meta: { title: "Duration", width: 96, right: true, sort: "duration" },
    cell: ({ row }) => <Duration ms={row.original.duration_ms} />,
  }),
  helper.display({
    id: "tokens",
    meta: { title: "Tokens", width: 82, right: true, sort: "tokens" },
    cell: ({ row }) => <TokenCount tokens={row.original.tokens} />,
  }),
  helper.display({
    id: "cost",
    meta: { title: "Cost", width: 92, right: true, sort: "cost" },
    cell: ({ row: { original: s } }) => <Money value={s.cost} />,
  }),
  helper.display({ id: "user", meta: { title: "User", width: 96 }, cell: ({ row }) => row.original.user || <span className="muted">–</span> }),
  helper.display({ id: "scores", meta: { title: "Scores", width: 120, grow: 1 }, cell: ({ row }) => <Scores scores={row.original.scores} /> }),
]) as Column<Session>[];

function Preview({ text }: { text: string | undefined }) {
  return text ? <span title={text}>{text.replaceAll(/\s+/g, " ").trim()}</span> : <span className="muted">–</span>;
}
