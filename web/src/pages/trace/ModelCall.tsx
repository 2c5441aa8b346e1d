import { Switch } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { spanQuery } from "../../api/queries";
import type { Span } from "../../api/types";
import { TextDiff } from "../../components/TextDiff";
import { count, plural } from "../../lib/format";
import { newsSince, previousCall, type News } from "../../lib/lanes";
import type { Node } from "../../lib/tree";
import { useSession } from "../../session";
import { LongText, Messages } from "./Messages";
import type { TraceModel } from "./model";
import { NoContent } from "./NoContent";
import { Section } from "./Section";
import { Tools } from "./Tools";
import classes from "./Trace.module.css";

interface Props {
  model: TraceModel;
  node: Node<Span>;
  /** The span, whole where it has come. */
  span: Span;
  complete: boolean;
  all: boolean;
  onAll: (all: boolean) => void;
  onSelect: (span: string) => void;
}

/** A model call: what was new in what it was told, what it answered, and which of its tools it called. */
export function ModelCall({ model, node, span, complete, all, onAll, onSelect }: Props) {
  const { before, place, of, lane, ready } = useBefore(model, node, span, complete);
  const news = useMemo(() => newsSince(before, span.input ?? []), [before, span.input]);
  const output = span.output ?? [];
  const input = span.input ?? [];
  if (!complete) return null;
  if (input.length + output.length === 0) return <><NoContent span={span} /><Tools span={span} before={before} /></>;
  const shown = all || !ready ? [...news.older, ...news.fresh] : news.fresh;
  return (
    <>
      <System news={news} first={!before} />
      <Section
        title={all || !before ? "Input" : "New input"}
        beside={before && <Switch className={classes.right} label="All messages" checked={all} onChange={(e) => onAll(e.currentTarget.checked)} />}
      >
        {of > 1 && (
          <div className={`${classes.kept} muted`}>
            Call <span className="num">{count(place)} of {count(of)}</span> of {lane}
            {before
              ? <>, going on from <button type="button" className={classes.textbutton} onClick={() => onSelect(before.span_id)}>an earlier one</button><Kept news={news} all={all} /></>
              : place > 1 && ready && ", going on from none before it"}
          </div>
        )}
        {shown.length > 0
          ? <Messages messages={shown} />
          : <span className="muted">{input.length === 0 ? "No input was recorded." : news.older.length > 0 ? "It was asked again with the same messages." : "Nothing but the system prompt."}</span>}
      </Section>
      <Section title="Output">
        {output.length > 0 ? <Messages messages={output} /> : <span className="muted">No output was recorded{span.status.code === "error" ? ", as the call failed" : ""}.</span>}
      </Section>
      <Tools span={span} before={before} />
    </>
  );
}

/** What the call has in common with the one before it, and what was left out. */
function Kept({ news, all }: { news: News; all: boolean }) {
  const apart = news.older.length === 0 && news.gone > 0;
  return (
    <>
      {news.older.length > 0 && !all && <>, whose <span className="num">{plural(news.older.length, "message")}</span> it repeats</>}
      {news.gone > 0 && (
        <span className={classes.oddtext}>
          {apart ? ", of which it repeats no message" : `; ${plural(news.gone, "message")} of it ${news.gone === 1 ? "was" : "were"} not sent again`}
        </span>
      )}
    </>
  );
}

function System({ news, first }: { news: News; first: boolean }) {
  const { system, systemBefore } = news;
  if (system === undefined && systemBefore === undefined) return null;
  if (first || systemBefore === undefined) {
    return (
      <Section title="System prompt" beside={!first && <span className={classes.oddtext}>the call before had none</span>}>
        <LongText text={system ?? ""} limit={600} />
      </Section>
    );
  }
  if (system === undefined) return <Section title="System prompt"><span className={classes.oddtext}>The call before had one, this one has none.</span></Section>;
  if (system === systemBefore) {
    return (
      <details className={`${classes.folded} ${classes.section}`}>
        <summary>System prompt unchanged, {plural(system.length, "character")}</summary>
        <LongText text={system} />
      </details>
    );
  }
  return (
    <Section title="System prompt changed" beside={<span className="muted">since the call before</span>}>
      <TextDiff before={systemBefore} after={system} />
    </Section>
  );
}

/** The call before in the lane, with its content; a large trace's content is loaded for it. */
function useBefore(model: TraceModel, node: Node<Span>, span: Span, complete: boolean) {
  const session = useSession();
  const found = useMemo(() => previousCall(model.lanes(), node, span.input), [model, node, span]);
  const omitted = found?.span.content === "omitted";
  const whole = useQuery({ ...spanQuery(session, node.span.trace_id, found?.span.span_id ?? ""), enabled: complete && omitted });
  const lane = model.lanes().of.get(node.span.span_id);
  const before = omitted ? whole.data : found?.span;
  return { before, ready: !omitted || whole.isFetched, place: (lane?.calls.indexOf(node) ?? 0) + 1, of: lane?.calls.length ?? 1, lane: lane?.name ?? "" };
}
