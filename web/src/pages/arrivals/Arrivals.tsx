import { Button, EmptyState, Group, Loader, Switch, Table, Title } from "@mantine/core";
import { IconPlugConnectedX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect } from "react";
import { ErrorNote } from "../../components/ErrorNote";
import { LinkButton } from "../../components/LinkButton";
import { count, plural } from "../../lib/format";
import { useKeys } from "../../lib/keys";
import { useSession } from "../../session";
import classes from "./Arrivals.module.css";
import { rowId, state, type Arrival } from "./findings";
import { arrivalsQuery, pollMs } from "./query";
import { Row } from "./Row";
import type { ArrivalsSearch } from "./search";
import { SilentNotes } from "./SilentNote";

const shownAtOnce = 100;

/** Who tried to send in the last hour, what became of it, and what mends it. OpenTelemetry's SDKs say none of this. */
export function Arrivals() {
  const session = useSession();
  const search = useSearch({ from: "/shell/settings/arrivals" });
  const navigate = useNavigate({ from: "/settings/arrivals" });
  const query = useQuery(arrivalsQuery(session));
  const change = (next: ArrivalsSearch) => void navigate({ search: (old) => ({ ...old, ...next }), replace: true });

  const all = (query.data?.items ?? []).map((arrival) => ({ id: rowId(arrival), arrival }));
  const refused = all.filter((r) => state(r.arrival) !== "accepted");
  const rows = search.refused ? refused : all;
  const shown = search.all ? rows : rows.slice(0, shownAtOnce);

  const at = shown.findIndex((r) => r.id === search.row);
  const move = (to: number) => {
    const next = shown[Math.min(Math.max(0, to), shown.length - 1)];
    if (next) change({ row: next.id });
  };
  useKeys("Arrivals", [
    { keys: ["j"], what: "Unfold the next client", run: () => move(at + 1) },
    { keys: ["k"], what: "Unfold the client before", run: () => move(at - 1) },
  ]);
  useEffect(() => {
    if (search.row) document.getElementById(`arrival-${search.row}`)?.scrollIntoView({ block: "nearest" });
  }, [search.row]);

  return (
    <div className={classes.scroll}>
      <div className={classes.page}>
        <div className={classes.head}>
          <div>
            <Title order={1}>Arrivals</Title>
            <p className={`${classes.about} muted`}>
              Every client that tried to send in the last hour, whether it was accepted, and what to change where it was
              not. This page looks again every {pollMs / 1000} s.
            </p>
          </div>
          <LinkButton variant="default" to="/start">Send your own</LinkButton>
        </div>
        {query.isPending && <Loader size="sm" />}
        {query.error && <ErrorNote error={query.error} onRetry={() => void query.refetch()} />}
        {query.data && (
          <>
            <div className={classes.bar}>
              <span role="status">
                {plural(all.length, "client", "clients")}{refused.length > 0 ? `, ${count(refused.length)} of them refused, wholly or in part` : ""}
              </span>
              <Switch label="Refused only" checked={search.refused === "1"} onChange={(e) => change({ refused: e.currentTarget.checked ? "1" : undefined })} />
            </div>
            {rows.length === 0
              ? <Nobody refused={search.refused === "1"} others={all.length} onAll={() => change({ refused: undefined })} />
              : <Clients rows={shown} open={search.row} onToggle={(id) => change({ row: id === search.row ? undefined : id })} />}
            {shown.length < rows.length && (
              <Button variant="default" mt="sm" onClick={() => change({ all: "1" })}>Show all {count(rows.length)}</Button>
            )}
            <SilentNotes emitters={query.data.silent} />
            {query.data.left_out > 0 && (
              <p className="muted">{plural(Number(query.data.left_out), "way")} of coming made room for newer ones since the server started.</p>
            )}
            {!query.data.strangers && (
              <p className="muted">Clients that came without a key of this project show only to those who may manage keys.</p>
            )}
          </>
        )}
      </div>
    </div>
  );
}

interface ClientsProps {
  rows: { id: string; arrival: Arrival }[];
  open: string | undefined;
  onToggle: (id: string) => void;
}

function Clients({ rows, open, onToggle }: ClientsProps) {
  return (
    <Table aria-label="Clients of the last hour" className={classes.table} layout="fixed">
      <colgroup>
        <col style={{ width: 32 }} /><col style={{ width: 90 }} /><col /><col style={{ width: 110 }} /><col />
        <col style={{ width: 185 }} /><col style={{ width: 76 }} /><col style={{ width: 80 }} /><col style={{ width: 124 }} />
      </colgroup>
      <Table.Thead>
        <Table.Tr>
          <Table.Th><span className={classes.hidden}>Details</span></Table.Th>
          <Table.Th>Outcome</Table.Th><Table.Th>Client</Table.Th><Table.Th>Key</Table.Th><Table.Th>Sent to</Table.Th>
          <Table.Th className="right">Attempts</Table.Th><Table.Th className="right">Records</Table.Th>
          <Table.Th className="right">Rejected</Table.Th><Table.Th className="right">Last seen</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map((r) => <Row key={r.id} id={r.id} arrival={r.arrival} open={r.id === open} onToggle={() => onToggle(r.id)} />)}
      </Table.Tbody>
    </Table>
  );
}

function Nobody({ refused, others, onAll }: { refused: boolean; others: number; onAll: () => void }) {
  if (refused && others > 0) {
    return (
      <EmptyState title="Nobody was refused in the last hour">
        <Group justify="center" mt="sm"><Button variant="default" onClick={onAll}>Show all {plural(others, "client")}</Button></Group>
      </EmptyState>
    );
  }
  return (
    <EmptyState
      icon={<IconPlugConnectedX size={36} stroke={1.3} aria-hidden />}
      title="Nobody tried to send in the last hour"
      description={<>Send to <code>{window.location.origin}/otlp</code>. A client that reaches this server shows here within seconds, whether it is accepted or not.</>}
    >
      <Group justify="center" mt="sm"><LinkButton to="/start">Getting started</LinkButton></Group>
    </EmptyState>
  );
}
