import { Loader, Tabs, Title } from "@mantine/core";
import { IconAlertCircle, IconAlertTriangle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { spanQuery } from "../../api/queries";
import type { Span } from "../../api/types";
import { Copy } from "../../components/Copy";
import { ErrorNote } from "../../components/ErrorNote";
import { Duration, KindIcon, State, When } from "../../components/facts";
import { count, duration, durationExact } from "../../lib/format";
import { pretty } from "../../lib/message";
import type { SpanTab } from "../../lib/search";
import type { Node } from "../../lib/tree";
import { useSession } from "../../session";
import { Attributes } from "./Attributes";
import { Content } from "./Content";
import { Events } from "./Events";
import { JsonBlock } from "./JsonBlock";
import classes from "./Trace.module.css";

/** One span with all that is known of it. Content that the trace left out is loaded here. */
export function SpanDetail({ node, tab, onTab }: { node: Node<Span>; tab: SpanTab; onTab: (tab: SpanTab) => void }) {
  const session = useSession();
  const light = node.span;
  const omitted = light.content === "omitted";
  const whole = useQuery({ ...spanQuery(session, light.trace_id, light.span_id), enabled: omitted });
  const span = omitted ? (whole.data ?? light) : light;
  const attributes = Object.keys(span.attributes ?? {}).length;
  const events = (span.events?.length ?? 0) + (span.links?.length ?? 0);
  return (
    <>
      <Head node={node} span={span} />
      <Tabs className={classes.tabs} value={tab} onChange={(t) => onTab((t ?? "content") as SpanTab)} keepMounted={false}>
        <Tabs.List px={8}>
          <Tabs.Tab value="content">Content</Tabs.Tab>
          <Tabs.Tab value="attributes">Attributes{attributes > 0 && <N n={attributes} />}</Tabs.Tab>
          <Tabs.Tab value="events">Events{events > 0 && <N n={events} />}</Tabs.Tab>
          <Tabs.Tab value="raw">JSON</Tabs.Tab>
        </Tabs.List>
        <div className={classes.panel}>
          {omitted && whole.isPending && <Loader size="xs" aria-label="Loading the content" />}
          {omitted && whole.error && <ErrorNote error={whole.error} onRetry={() => void whole.refetch()} />}
          <Tabs.Panel value="content"><Content span={span} complete={!omitted || whole.data !== undefined} /></Tabs.Panel>
          <Tabs.Panel value="attributes"><Attributes span={span} /></Tabs.Panel>
          <Tabs.Panel value="events"><Events span={span} /></Tabs.Panel>
          <Tabs.Panel value="raw"><JsonBlock value={span} what="span" limit={60_000} /></Tabs.Panel>
        </div>
      </Tabs>
    </>
  );
}

function N({ n }: { n: number }) {
  return <span className="muted num"> {count(n)}</span>;
}

function Head({ node, span }: { node: Node<Span>; span: Span }) {
  const model = span.model?.used || span.model?.requested;
  return (
    <div className={classes.detailhead}>
      <div className={classes.title}>
        <KindIcon kind={span.kind} />
        <Title order={2}>{span.name || "(no name)"}</Title>
        <State code={span.status.code} message={span.status.message} unfinished={node.duration === undefined} />
        <Copy text={span.span_id} what="span id" />
        <Copy text={() => pretty(span)} what="span as JSON" />
      </div>
      <dl className={classes.facts}>
        <Fact name="Kind">{span.kind}{span.derived ? " (derived from events)" : ""}</Fact>
        <Fact name="Start"><When time={span.start} /></Fact>
        <Fact name="After"><span className="num" title={durationExact(node.offset)}>{duration(node.offset)}</span></Fact>
        <Fact name="Duration"><Duration ms={node.duration} unfinished={node.duration === undefined} /></Fact>
        {span.first_token_ms ? <Fact name="First token"><span className="num" title={durationExact(span.first_token_ms)}>{duration(span.first_token_ms)}</span></Fact> : null}
        {model && (
          <Fact name="Model">
            <span title={modelTitle(span)}>{[span.model?.provider, model].filter(Boolean).join(" / ")}</span>
          </Fact>
        )}
        {span.finish_reason && <Fact name="Finish">{span.finish_reason}</Fact>}
        {span.agent?.name && <Fact name="Agent">{[span.agent.name, span.agent.version].filter(Boolean).join(" ")}</Fact>}
        {span.service && <Fact name="Service">{span.service}</Fact>}
        {span.level && span.level !== "default" && <Fact name="Level">{span.level}</Fact>}
        {span.prompt?.name && <Fact name="Prompt">{[span.prompt.name, span.prompt.version].filter(Boolean).join(" @ ")}</Fact>}
      </dl>
      <Odd span={span} />
      {span.status.code === "error" && (
        <div className={classes.problem}>
          <IconAlertCircle size={15} style={{ flex: "none", marginTop: 2 }} aria-hidden />
          <span className="prose">{span.status.message || "It failed without a message."}</span>
        </div>
      )}
    </div>
  );
}

/** What was odd about the span when it came in, and what never came. */
function Odd({ span }: { span: Span }) {
  const { marks = [], dropped } = span;
  const lost = dropped ? Object.entries(dropped).filter(([, n]) => n > 0).map(([what, n]) => `${count(n)} ${what}`) : [];
  if (marks.length + lost.length === 0) return null;
  return (
    <div className={classes.notes}>
      {marks.map((m) => <span key={m}><IconAlertTriangle size={14} aria-hidden />{m.replaceAll("_", " ")}</span>)}
      {lost.length > 0 && <span><IconAlertTriangle size={14} aria-hidden />The emitter dropped {lost.join(", ")} before sending.</span>}
    </div>
  );
}

function modelTitle(span: Span): string {
  const { requested, used } = span.model ?? {};
  return requested && used && requested !== used ? `asked for ${requested}, answered by ${used}` : "";
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className={classes.fact}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
