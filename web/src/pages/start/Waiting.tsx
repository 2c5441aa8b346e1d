import { Alert, Loader } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { newestTraceQuery } from "../../api/queries";
import type { Trace } from "../../api/types";
import { LinkButton } from "../../components/LinkButton";
import { plural } from "../../lib/format";
import { ago, utc } from "../../lib/time";
import { useSession } from "../../session";
import { FindingNote } from "../arrivals/FindingNote";
import { rowId, state, type Arrival } from "../arrivals/findings";
import { arrivalsQuery, pollMs } from "../arrivals/query";
import classes from "./Start.module.css";

/**
 * Watches what comes in. The first trace of a project opens by itself; where there were traces before, the next one is
 * offered. Clients that were refused meanwhile show with what mends them. Newest is the newest trace when the page came.
 */
export function Waiting({ newest }: { newest: Trace | null }) {
  const session = useSession();
  const navigate = useNavigate();
  const [before] = useState(newest?.trace_id);
  const [since] = useState(() => Date.now());
  const { data: now } = useQuery({ ...newestTraceQuery(session, undefined), refetchInterval: pollMs, staleTime: 0 });
  const arrivals = useQuery({ ...arrivalsQuery(session), enabled: session.may("ingest.read") });
  const came = now && now.trace_id !== before ? now : undefined;

  const first = came && before === undefined ? came.trace_id : undefined;
  useEffect(() => {
    if (first) void navigate({ to: "/traces/$traceId", params: { traceId: first } });
  }, [first, navigate]);

  const clients = (arrivals.data?.items ?? []).filter((a) => Date.parse(a.last) > since - 60_000).slice(0, 5);
  return (
    <>
      <div role="status">
        {came ? (
          <Alert color="accent" variant="light" icon={<IconCheck size={16} aria-hidden />} title="A trace came in">
            {came.name} of {came.service || "an unnamed service"}, <span title={utc(came.start)}>{ago(came.start)}</span>.
            <div className={classes.opens}><LinkButton to="/traces/$traceId" params={{ traceId: came.trace_id }}>Open the trace</LinkButton></div>
          </Alert>
        ) : (
          <div className={classes.wait}>
            <Loader size="xs" />
            <span>Waiting for {before ? "the next" : "the first"} trace. {before ? "It is offered here" : "It opens by itself"} as soon as it comes.</span>
          </div>
        )}
      </div>
      {clients.length > 0 && <h2 className={classes.heading}>Who came in the last minutes</h2>}
      {clients.map((a) => <Client key={rowId(a)} arrival={a} />)}
      {clients.length === 0 && !came && (
        <p className="muted">No client has come yet. One that is refused shows here too, with what to change.</p>
      )}
      {session.may("ingest.read") && <LinkButton variant="subtle" size="compact-xs" ml={-8} to="/settings/arrivals">All arrivals of the last hour</LinkButton>}
    </>
  );
}

function Client({ arrival: a }: { arrival: Arrival }) {
  const taken = state(a) !== "refused";
  return (
    <div className={classes.client}>
      <div className={classes.who}>
        <b>{a.sdk || a.agent || "A client"}</b> <span className="muted">{a.address} · <span title={utc(a.last)}>{ago(a.last)}</span></span>
      </div>
      <div>{taken ? `Accepted: ${plural(Number(a.records), "record")} in ${plural(Number(a.count), "request")}` : `Refused: ${a.status || "no answer"}`}</div>
      {a.findings.map((f) => <FindingNote key={f.problem} finding={f} />)}
    </div>
  );
}
