import { Loader, Title } from "@mantine/core";
import { IconMessages } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { sessionQuery } from "../../api/queries";
import type { SessionDetail, Trace } from "../../api/types";
import { Broken } from "../../components/Broken";
import { Copy } from "../../components/Copy";
import { Fact, Facts } from "../../components/FactList";
import { Duration, KindIcon, Money, Scores, State, TokenCount, When } from "../../components/facts";
import { quote } from "../../lib/filter";
import { count, totalTokens } from "../../lib/format";
import { useKeys } from "../../lib/keys";
import { between } from "../../lib/time";
import { useSession } from "../../session";
import trace from "../trace/Trace.module.css";
import classes from "./SessionPage.module.css";

/** One conversation or run: its traces in the order in which they happened, with what was asked and what was answered. */
export function SessionPage() {
  const session = useSession();
  const { sessionId } = useParams({ from: "/shell/sessions/$sessionId" });
  const query = useQuery(sessionQuery(session, sessionId));
  if (query.isPending) return <Loader size="sm" m="xl" />;
  if (!query.data) return <Broken error={query.error ?? new Error("The session did not come.")} />;
  return <Loaded session={query.data} />;
}

function Loaded({ session: s }: { session: SessionDetail }) {
  const navigate = useNavigate();
  const traces = useMemo(() => s.traces.toSorted((a, b) => between(b.start, a.start) ?? 0), [s.traces]);
  const [selected, setSelected] = useState(-1);
  const go = (to: number) => {
    const next = Math.min(Math.max(0, to), traces.length - 1);
    setSelected(next);
    document.getElementById(`turn-${next}`)?.scrollIntoView({ block: "nearest" });
  };
  useKeys("Session", [
    { keys: ["j", "ArrowDown"], what: "Next turn", run: () => go(selected + 1) },
    { keys: ["k", "ArrowUp"], what: "Turn before", run: () => go(selected - 1) },
    {
      keys: ["Enter"],
      what: "Open the trace of the turn",
      run: () => {
        const t = traces[selected];
        if (t) void navigate({ to: "/traces/$traceId", params: { traceId: t.trace_id } });
      },
    },
  ]);
  return (
    <div className={trace.page}>
      <header className={trace.header}>
        <div className={trace.title}>
          <IconMessages size={16} stroke={1.6} aria-hidden />
          <Title order={1}>{s.session}</Title>
          <Copy text={s.session} what="session id" />
          <Copy text={() => window.location.href} what="link" />
        </div>
        <Facts>
          <Fact name="Start"><When time={s.start} /></Fact>
          <Fact name="Duration"><Duration ms={s.duration_ms} /></Fact>
          <Fact name="Traces"><span className="num">{count(traces.length)}</span></Fact>
          <Fact name="Spans"><span className="num">{count(s.spans)}</span></Fact>
          {s.errors > 0 && <Fact name="Failed"><span className="num">{count(s.errors)}</span></Fact>}
          <Fact name="Cost"><Money value={s.cost} /></Fact>
          <Fact name="Tokens"><TokenCount tokens={s.tokens} /></Fact>
          {s.models?.length > 0 && <Fact name="Models">{s.models.join(", ")}</Fact>}
          {s.environment && <Fact name="Environment">{s.environment}</Fact>}
          {s.release && <Fact name="Release">{s.release}</Fact>}
          {s.user && (
            <Fact name="User">
              <Link to="/sessions" search={{ filter: `user:${quote(s.user)}` }} className="plain" title="Sessions of this user">{s.user}</Link>
            </Fact>
          )}
          {s.scores?.length > 0 && <Fact name="Scores"><Scores scores={s.scores} /></Fact>}
        </Facts>
      </header>
      <ol className={classes.turns}>
        {traces.map((t, i) => <Turn key={t.trace_id} trace={t} place={i} selected={i === selected} />)}
      </ol>
    </div>
  );
}

function Turn({ trace: t, place, selected }: { trace: Trace; place: number; selected: boolean }) {
  return (
    <li id={`turn-${place}`} className={classes.turn} data-selected={selected || undefined}>
      <div className={classes.turnhead}>
        <span className="muted num">{place + 1}</span>
        <KindIcon kind={t.kind} />
        <Link to="/traces/$traceId" params={{ traceId: t.trace_id }} className={classes.link}>{t.name || "(no name)"}</Link>
        <State code={t.status.code} message={t.status.message} unfinished={t.unfinished} />
        {t.scores?.length > 0 && <Scores scores={t.scores} />}
        <span className={classes.numbers}>
          <When time={t.start} />
          <Duration ms={t.duration_ms} unfinished={t.unfinished} />
          {totalTokens(t.tokens) > 0n && <span><TokenCount tokens={t.tokens} /> tokens</span>}
          <Money value={t.cost} />
        </span>
      </div>
      {t.input_preview && <Said who="user" text={t.input_preview} />}
      {t.output_preview && <Said who="answer" text={t.output_preview} />}
      {t.status.code === "error" && t.status.message && <div className={trace.problem}>{t.status.message}</div>}
    </li>
  );
}

/** Previews are the first 120 characters; the trace has the rest. */
function Said({ who, text }: { who: string; text: string }) {
  return (
    <div className={classes.said}>
      <span className="muted">{who}</span>
      <span className="prose">{text}{[...text].length >= 120 ? " …" : ""}</span>
    </div>
  );
}
