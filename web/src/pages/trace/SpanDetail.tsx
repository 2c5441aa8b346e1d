import { Loader, Tabs, Title } from "@mantine/core";
import { IconAlertTriangle, IconBraces } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { spanQuery } from "../../api/queries";
import type { Span } from "../../api/types";
import { Copy } from "../../components/Copy";
import { ErrorNote } from "../../components/ErrorNote";
import { Fact, Facts } from "../../components/FactList";
import { Duration, KindIcon, State } from "../../components/facts";
import { JsonView } from "../../components/JsonView";
import { TroubleList } from "../../components/Problems";
import { count, duration, durationExact } from "../../lib/format";
import { pretty } from "../../lib/message";
import { troubles } from "../../lib/problems";
import type { SpanTab, TraceSearch } from "../../lib/search";
import { ownTime, total } from "../../lib/timeline";
import type { Node } from "../../lib/tree";
import { useSession } from "../../session";
import { Attributes } from "./Attributes";
import { Content } from "./Content";
import { Events } from "./Events";
import { contextPart, ContextUse } from "./ContextUse";
import { Moment } from "./Moment";
import type { TraceModel } from "./model";
import classes from "./Trace.module.css";

interface Props {
  model: TraceModel;
  node: Node<Span>;
  state: TraceSearch;
  onState: (change: TraceSearch) => void;
}

/** One span with all that is known of it. Content that the trace left out is loaded here. */
export function SpanDetail({ model, node, state, onState }: Props) {
  const session = useSession();
  const light = node.span;
  const omitted = light.content === "omitted";
  const whole = useQuery({ ...spanQuery(session, light.trace_id, light.span_id), enabled: omitted });
  // Only the answer of the whole trace knows of repetitions.
  const span = useMemo(
    (): Span => (omitted && whole.data ? { ...whole.data, problems: light.problems, repeat: light.repeat } : light),
    [omitted, whole.data, light],
  );
  const complete = !omitted || whole.data !== undefined;
  const attributes = Object.keys(span.attributes ?? {}).length;
  const events = (span.events?.length ?? 0) + (span.links?.length ?? 0);
  return (
    <>
      <Head model={model} node={node} span={span} />
      <Tabs
        className={classes.tabs}
        value={state.tab ?? "content"}
        onChange={(t) => onState({ tab: t === "content" ? undefined : (t as SpanTab) })}
        keepMounted={false}
      >
        <Tabs.List px={8}>
          <Tabs.Tab value="content">Content</Tabs.Tab>
          <Tabs.Tab value="attributes">Attributes{attributes > 0 && <N n={attributes} />}</Tabs.Tab>
          <Tabs.Tab value="events">Events, links{events > 0 && <N n={events} />}</Tabs.Tab>
          <Tabs.Tab value="raw">JSON</Tabs.Tab>
        </Tabs.List>
        <div className={classes.panel} tabIndex={-1}>
          {omitted && whole.isPending && <Loader size="xs" aria-label="Loading the content" />}
          {omitted && whole.error && <ErrorNote error={whole.error} onRetry={() => void whole.refetch()} />}
          <Tabs.Panel value="content">
            <Content
              model={model}
              node={node}
              span={span}
              complete={complete}
              all={state.all === "1"}
              onAll={(all) => onState({ all: all ? "1" : undefined })}
              onSelect={(id) => onState({ span: id })}
            />
          </Tabs.Panel>
          <Tabs.Panel value="attributes"><Attributes span={span} /></Tabs.Panel>
          <Tabs.Panel value="events"><Events span={span} /></Tabs.Panel>
          <Tabs.Panel value="raw"><JsonView value={span} what="span" limit={200_000} /></Tabs.Panel>
        </div>
      </Tabs>
    </>
  );
}

function N({ n }: { n: number }) {
  return <span className="muted num"> {count(n)}</span>;
}

function Head({ model, node, span }: { model: TraceModel; node: Node<Span>; span: Span }) {
  const name = span.model?.used || span.model?.requested;
  const own = useMemo(() => (node.children.length > 0 ? total(ownTime(node, model.tree.length)) : undefined), [node, model]);
  return (
    <div className={classes.detailhead}>
      <div className={classes.title}>
        <KindIcon kind={span.kind} />
        <Title order={2} className="clip" title={span.name}>{span.name || "(no name)"}</Title>
        <State code={span.status.code} message={span.status.message} unfinished={node.duration === undefined} />
        <Copy text={span.span_id} what="span id" />
        <Copy text={() => pretty(span)} what="span as JSON" icon={<IconBraces size={14} aria-hidden />} />
      </div>
      <TroubleList list={troubles(span)} />
      <Facts>
        <Fact name="Kind">{span.kind}{span.derived ? " (derived from events)" : ""}</Fact>
        {name && <Fact name="Model" title={modelTitle(span)}>{[span.model?.provider, name].filter(Boolean).join(" / ")}</Fact>}
        <Fact name="Start"><Moment time={span.start} /></Fact>
        <Fact name="After"><span className="num" title={durationExact(node.offset)}>{duration(node.offset)}</span></Fact>
        <Fact name="Duration"><Duration ms={node.duration} unfinished={node.duration === undefined} /></Fact>
        {own !== undefined && <Fact name="Own time" title="in which none of its children ran"><span className="num">{duration(own)}</span></Fact>}
        {span.first_token_ms ? <Fact name="First token" title={durationExact(span.first_token_ms)}><span className="num">{duration(span.first_token_ms)}</span></Fact> : null}
        {span.finish_reason && <Fact name="Finish">{span.finish_reason}</Fact>}
        {contextPart(span) !== undefined ? <Fact name="Context"><ContextUse span={span} /></Fact> : null}
        {span.repeat && <Fact name="Repeated" title="the same call with the same arguments in this trace"><span className="num">×{count(span.repeat.n)}</span></Fact>}
        {span.agent?.name && <Fact name="Agent">{[span.agent.name, span.agent.version].filter(Boolean).join(" ")}</Fact>}
        {span.service && span.service !== model.trace.service && <Fact name="Service">{span.service}</Fact>}
        {span.level && span.level !== "default" && <Fact name="Level">{span.level}</Fact>}
        {span.prompt?.name && <Fact name="Prompt">{[span.prompt.name, span.prompt.version].filter(Boolean).join(" @ ")}</Fact>}
      </Facts>
      <Odd span={span} />
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
