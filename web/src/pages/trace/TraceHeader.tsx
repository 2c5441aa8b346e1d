import { Title } from "@mantine/core";
import { IconAlertTriangle, IconClockHour4, IconUnlink } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { TraceDetail } from "../../api/types";
import { Copy } from "../../components/Copy";
import { Duration, KindIcon, Money, Scores, State, TokenCount, When } from "../../components/facts";
import { quote } from "../../lib/filter";
import { money, plural } from "../../lib/format";
import classes from "./Trace.module.css";

export function TraceHeader({ trace: t }: { trace: TraceDetail }) {
  return (
    <header className={classes.header}>
      <div className={classes.title}>
        <KindIcon kind={t.kind} />
        <Title order={1}>{t.name || "(no name)"}</Title>
        <State code={t.status.code} message={t.status.message} unfinished={t.unfinished} />
        <span className="mono muted clip" title={`trace ${t.trace_id}`}>{t.trace_id}</span>
        <Copy text={t.trace_id} what="trace id" />
        <Copy text={() => window.location.href} what="link" />
      </div>
      <dl className={classes.facts}>
        <Fact name="Start"><When time={t.start} /></Fact>
        <Fact name="Duration"><Duration ms={t.duration_ms} unfinished={t.unfinished} /></Fact>
        <Fact name="Cost"><Money value={t.cost} /></Fact>
        {t.reported_cost && (
          <Fact name="Reported cost">
            <span className="num" title={`${t.reported_cost.amount} ${t.reported_cost.currency}, as the emitter said`}>
              {money(t.reported_cost.amount, t.reported_cost.currency)}
            </span>
          </Fact>
        )}
        <Fact name="Tokens"><TokenCount tokens={t.tokens} /></Fact>
        <Fact name="Spans"><span className="num">{t.spans.length.toLocaleString("en-US")}</span></Fact>
        {t.errors > 0 && <Fact name="Failed"><span className="num">{t.errors}</span></Fact>}
        {t.models?.length > 0 && <Fact name={t.models.length > 1 ? "Models" : "Model"}>{t.models.join(", ")}</Fact>}
        {t.service && <Fact name="Service">{t.service}</Fact>}
        {t.environment && <Fact name="Environment">{t.environment}</Fact>}
        {t.release && <Fact name="Release">{t.release}</Fact>}
        {t.agent?.name && <Fact name="Agent">{[t.agent.name, t.agent.version].filter(Boolean).join(" ")}</Fact>}
        {t.session && (
          <Fact name="Session">
            <Link to="/sessions/$sessionId" params={{ sessionId: t.session }} className="plain">{t.session}</Link>
          </Fact>
        )}
        {t.user && (
          <Fact name="User">
            <Link to="/traces" search={{ filter: `user:${quote(t.user)}` }} className="plain" title="Traces of this user">{t.user}</Link>
          </Fact>
        )}
        {t.tags?.length > 0 && <Fact name="Tags">{t.tags.join(", ")}</Fact>}
        {t.scores?.length > 0 && <Fact name="Scores"><Scores scores={t.scores} /></Fact>}
      </dl>
      <Notes trace={t} />
    </header>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className={classes.fact}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** What is odd about the trace, in words. */
function Notes({ trace: t }: { trace: TraceDetail }) {
  const failed = t.status.code === "error" && t.status.message;
  if (!t.unfinished && t.orphans === 0 && !failed) return null;
  return (
    <div className={classes.notes}>
      {failed && (
        <span style={{ color: "var(--error)" }}><IconAlertTriangle size={14} aria-hidden />{t.status.message}</span>
      )}
      {t.unfinished && (
        <span><IconClockHour4 size={14} aria-hidden />Not finished: a span has no end yet, or the root has not come in.</span>
      )}
      {t.orphans > 0 && (
        <span><IconUnlink size={14} aria-hidden />{plural(t.orphans, "span names a parent", "spans name a parent")} that never came.</span>
      )}
    </div>
  );
}
