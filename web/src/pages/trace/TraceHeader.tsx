import { ActionIcon, Title, Tooltip } from "@mantine/core";
import { IconChevronDown, IconChevronUp, IconClockHour4, IconLink, IconUnlink } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Trace, TraceDetail } from "../../api/types";
import { Copy } from "../../components/Copy";
import { Fact, Facts } from "../../components/FactList";
import { Duration, KindIcon, Money, Scores, TokenCount } from "../../components/facts";
import { LinkButton } from "../../components/LinkButton";
import { Outcome } from "../../components/Outcome";
import { TroubleIcon } from "../../components/Problems";
import { quote } from "../../lib/filter";
import { count, money, plural } from "../../lib/format";
import { Moment } from "./Moment";
import type { Neighbours } from "./useNeighbours";
import classes from "./Trace.module.css";

interface Props {
  trace: TraceDetail;
  turns: Trace[] | undefined;
  neighbours: Neighbours | undefined;
  onGo: (to: "before" | "after") => void;
  /** The address of what is shown. */
  link: () => string;
}

export function TraceHeader({ trace: t, turns, neighbours, onGo, link }: Props) {
  return (
    <header className={classes.header}>
      <div className={classes.title}>
        <KindIcon kind={t.kind} />
        <Title order={1} className="clip" title={t.name}>{t.name || "(no name)"}</Title>
        <Outcome value={t.outcome} />
        <span className={`${classes.id} mono muted clip`} title={`trace ${t.trace_id}`}>{t.trace_id}</span>
        <Copy text={t.trace_id} what="trace id" />
        <Copy text={link} what="link" icon={<IconLink size={14} aria-hidden />} />
        {neighbours && <Steps neighbours={neighbours} onGo={onGo} />}
      </div>
      <Facts>
        <Fact name="Start"><Moment time={t.start} /></Fact>
        <Fact name="Duration"><Duration ms={t.duration_ms} unfinished={t.unfinished} /></Fact>
        <Fact name="Cost"><Money value={t.cost} /></Fact>
        {t.reported_cost && (
          <Fact name="Reported cost" title={`${t.reported_cost.amount} ${t.reported_cost.currency}, as the emitter said`}>
            <span className="num">{money(t.reported_cost.amount, t.reported_cost.currency)}</span>
          </Fact>
        )}
        <Fact name="Tokens"><TokenCount tokens={t.tokens} /></Fact>
        {t.models?.length > 0 && <Fact name={t.models.length > 1 ? "Models" : "Model"}><Each field="model" values={t.models} /></Fact>}
        {t.environment && <Fact name="Environment"><Like field="env" value={t.environment} /></Fact>}
        {t.release && <Fact name="Release"><Like field="release" value={t.release} /></Fact>}
        {t.agent?.name && <Fact name="Agent"><Like field="agent" value={t.agent.name} /> {t.agent.version}</Fact>}
        {t.service && t.service !== t.agent?.name && <Fact name="Service"><Like field="service" value={t.service} /></Fact>}
        {t.session && <Fact name="Turn"><Turn trace={t} turns={turns} /></Fact>}
        {t.user && <Fact name="User"><Like field="user" value={t.user} /></Fact>}
        {t.tags?.length > 0 && <Fact name="Tags"><Each field="tag" values={t.tags} /></Fact>}
        {t.scores?.length > 0 && <Fact name="Scores"><Scores scores={t.scores} /></Fact>}
      </Facts>
      <Notes trace={t} />
    </header>
  );
}

/** A value that leads to the traces that share it. */
function Like({ field, value }: { field: string; value: string }) {
  return (
    <Link to="/traces" search={{ filter: `${field}:${quote(value)}` }} className="plain" title={`Traces with ${field} ${value}`}>{value}</Link>
  );
}

function Each({ field, values }: { field: string; values: string[] }) {
  return values.map((v, i): ReactNode => <span key={v}>{i > 0 && ", "}<Like field={field} value={v} /></span>);
}

function Turn({ trace: t, turns }: { trace: TraceDetail; turns: Trace[] | undefined }) {
  const place = turns?.findIndex((x) => x.trace_id === t.trace_id) ?? -1;
  return (
    <Link to="/sessions/$sessionId" params={{ sessionId: t.session }} className="plain" title={`Session ${t.session}`}>
      {turns && place >= 0 && <span className="num">{count(place + 1)} of {count(turns.length)} in </span>}
      {t.session}
    </Link>
  );
}

function Steps({ neighbours: n, onGo }: { neighbours: Neighbours; onGo: (to: "before" | "after") => void }) {
  const unit = n.of === "list" ? "trace of the list" : "turn of the session";
  return (
    <span className={classes.steps}>
      <span className="muted num" title={`Place in the ${n.of === "list" ? "list that you came from" : "session"}`}>
        {n.place > 0 ? `${count(n.place)} of ${count(n.known)}${n.more ? "+" : ""}` : "not in the list"}
      </span>
      <Tooltip label={`Previous ${unit}  [`}>
        <ActionIcon size="sm" aria-label={`Previous ${unit}`} disabled={!n.before} onClick={() => onGo("before")}><IconChevronUp size={15} aria-hidden /></ActionIcon>
      </Tooltip>
      <Tooltip label={`Next ${unit}  ]`}>
        <ActionIcon size="sm" aria-label={`Next ${unit}`} disabled={!n.after} onClick={() => onGo("after")}><IconChevronDown size={15} aria-hidden /></ActionIcon>
      </Tooltip>
      {n.of === "list" && <LinkButton variant="subtle" size="compact-xs" to="/traces" search={(old) => ({ filter: old.filter, sort: old.sort })}>List</LinkButton>}
    </span>
  );
}

/** What is odd about the trace, in words. */
function Notes({ trace: t }: { trace: TraceDetail }) {
  const failed = t.status.code === "error" && t.status.message;
  if (!t.unfinished && t.orphans === 0 && !failed) return null;
  return (
    <div className={classes.notes}>
      {failed && <span className={classes.failed}><TroubleIcon hard size={14} /><span className="clip" title={t.status.message}>{t.status.message}</span></span>}
      {t.unfinished && <span><IconClockHour4 size={14} aria-hidden />Not finished: a span has no end yet, or the root has not come in.</span>}
      {t.orphans > 0 && <span><IconUnlink size={14} aria-hidden />{plural(t.orphans, "span names a parent", "spans name a parent")} that never came.</span>}
    </div>
  );
}
