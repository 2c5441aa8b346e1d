import { ActionIcon, Table } from "@mantine/core";
import { IconAlertCircle, IconAlertTriangle, IconCheck, IconChevronDown, IconChevronRight, type Icon } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { Fact, Facts } from "../../components/FactList";
import { Sparkline } from "../../components/Sparkline";
import { count, plural } from "../../lib/format";
import { local, utc, utcClock } from "../../lib/time";
import classes from "./Arrivals.module.css";
import { FindingNote } from "./FindingNote";
import { state, type Arrival, type State } from "./findings";

export const columns = 9;

const looks: Record<State, { icon: Icon; word: string; className: string | undefined }> = {
  accepted: { icon: IconCheck, word: "Accepted", className: classes.ok },
  partly: { icon: IconAlertTriangle, word: "In part", className: classes.warn },
  refused: { icon: IconAlertCircle, word: "Refused", className: classes.bad },
};

interface Props {
  id: string;
  arrival: Arrival;
  open: boolean;
  onToggle: () => void;
}

/** One way in which a client came: two lines of facts, and below them what is wrong and what mends it. */
export function Row({ id, arrival: a, open, onToggle }: Props) {
  const look = looks[state(a)];
  const client = a.sdk || a.agent || "no name";
  const most = Math.max(...a.per_minute.map(Number));
  return (
    <>
      <Table.Tr id={`arrival-${id}`} data-state={state(a)} className={a.findings.length > 0 || open ? classes.joined : undefined}>
        <Table.Td>
          <ActionIcon size="sm" aria-expanded={open} aria-label={`Details of ${client}`} onClick={onToggle}>
            {open ? <IconChevronDown size={14} aria-hidden /> : <IconChevronRight size={14} aria-hidden />}
          </ActionIcon>
        </Table.Td>
        <Table.Td>
          <span className={`${classes.state} ${look.className}`}><look.icon size={14} stroke={1.8} aria-hidden />{look.word}</span>
          <div className="muted num">{a.status || "no answer"}</div>
        </Table.Td>
        <Table.Td>
          <div className={classes.wrap} title={a.agent}>{client}</div>
          <div className="muted mono clip">{a.address}</div>
        </Table.Td>
        <Table.Td>
          {a.key
            ? <Link to="/settings/keys" className={`plain ${classes.wrap}`} title={`Key ${a.key.id}`}>{a.key.name}</Link>
            : <span className="muted">{a.findings.some((f) => f.problem === "no_key") ? "none" : "not known"}</span>}
        </Table.Td>
        <Table.Td>
          <div className={`mono ${classes.wrap}`}>{a.method} {a.path}</div>
          <div className={`muted ${classes.wrap}`}>port {a.port} · {a.encoding || a.transport}</div>
        </Table.Td>
        <Table.Td className="right">
          <div className={classes.spark}>
            <span className="num">{count(a.count)}</span>
            <Sparkline values={a.per_minute.map(Number)} label={`${plural(Number(a.count), "attempt")} in the last hour, at most ${most} in a minute`} />
          </div>
        </Table.Td>
        <Table.Td className="num right">{count(a.records)}</Table.Td>
        <Table.Td className={`num right ${Number(a.rejected) > 0 ? classes.bad : ""}`}>{count(a.rejected)}</Table.Td>
        <Table.Td className="num right" title={utc(a.last)}>
          <div>{local(a.last)}</div>
          <div className="muted">{utcClock(a.last)}</div>
        </Table.Td>
      </Table.Tr>
      {(a.findings.length > 0 || open) && (
        <Table.Tr className={classes.below}>
          <Table.Td />
          <Table.Td colSpan={columns - 1}>
            {a.findings.map((f) => <FindingNote key={f.problem} finding={f} />)}
            {open && (
              <div className={classes.details}>
                <Facts>
                  <Fact name="User-Agent">{a.agent || "none"}</Fact>
                  <Fact name="Project">{a.project || "none: no key proved it"}</Fact>
                  <Fact name="First seen" title={utc(a.first)}>{local(a.first)} ({utcClock(a.first)})</Fact>
                  {a.message && <Fact name="Was told" title={a.message}>{a.message}</Fact>}
                </Facts>
              </div>
            )}
          </Table.Td>
        </Table.Tr>
      )}
    </>
  );
}
