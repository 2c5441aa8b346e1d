import type { Document, Span } from "../../api/types";
import { JsonView } from "../../components/JsonView";
import { count, plural, scoreValue } from "../../lib/format";
import { unfold } from "../../lib/message";
import type { Node } from "../../lib/tree";
import { LongText, Messages } from "./Messages";
import { ModelCall } from "./ModelCall";
import type { TraceModel } from "./model";
import { Section } from "./Section";
import classes from "./Trace.module.css";
import { Usage } from "./Usage";

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

/** What the span was about, in the order in which a reader asks: what went in, what came out, what it took, how it was read. */
export function Content(props: Props) {
  const { model, node, span, complete } = props;
  const documents = span.documents ?? [];
  const scores = span.scores ?? [];
  return (
    <>
      {span.tool && <ToolCall span={span} complete={complete} />}
      {span.kind === "llm" ? <ModelCall {...props} /> : <Said span={span} complete={complete} />}
      {(documents.length > 0 || (complete && span.kind === "retrieval")) && (
        <Section title="Documents" beside={<span className="muted num">{count(documents.length)}</span>}>
          {documents.length === 0 && <span className="muted">The search found none, or the emitter did not send them.</span>}
          {documents.map((d, i) => <Found key={`${d.id ?? ""}${i}`} document={d} place={i + 1} />)}
        </Section>
      )}
      {scores.length > 0 && (
        <Section title="Scores">
          <table className={classes.pairs}>
            <tbody>
              {scores.map((s) => (
                <tr key={s.id}>
                  <th scope="row">{s.name}</th>
                  <td>
                    {scoreValue(s)} <span className="muted">by {s.source?.kind} {s.source?.name}</span>
                    {s.explanation && <div className="prose">{s.explanation}</div>}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Section>
      )}
      <Usage span={span} sum={model.totals().get(span.span_id)} below={node.below} />
      {span.mapper && (
        <Section title="Mapping">
          <span>{span.mapper.emitter || "unknown emitter"}, mapper version <span className="num">{span.mapper.version}</span></span>
          {span.mapper.unmapped?.length > 0 && (
            <details className={classes.folded}>
              <summary>{plural(span.mapper.unmapped.length, "attribute")} that no rule reads, kept as sent</summary>
              <div className="mono prose">{span.mapper.unmapped.join("\n")}</div>
            </details>
          )}
        </Section>
      )}
    </>
  );
}

function ToolCall({ span, complete }: { span: Span; complete: boolean }) {
  const { tool } = span;
  if (!tool || !complete) return null;
  return (
    <>
      <Section title={`Arguments of ${tool.name || "the tool"}`} beside={tool.call_id && <span className="mono muted clip" title="call id">{tool.call_id}</span>}>
        {tool.arguments === undefined || tool.arguments === null
          ? <span className="muted">No arguments were recorded.</span>
          : <JsonView value={unfold(tool.arguments)} what="arguments" />}
      </Section>
      <Section title="Result">
        {tool.result === undefined || tool.result === null
          ? <span className="muted">No result was recorded.</span>
          : <JsonView value={unfold(tool.result)} what="result" />}
      </Section>
    </>
  );
}

/** Input and output of what is not a model call. */
function Said({ span, complete }: { span: Span; complete: boolean }) {
  const input = span.input ?? [];
  const output = span.output ?? [];
  const nothing = input.length + output.length + (span.documents?.length ?? 0) === 0 && !span.tool && span.kind !== "retrieval";
  if (nothing) return complete ? <p className="muted">This span carries no input and no output. What it does carry is under Attributes.</p> : null;
  return (
    <>
      {input.length > 0 && <Section title="Input"><Messages messages={input} /></Section>}
      {output.length > 0 && <Section title="Output"><Messages messages={output} /></Section>}
    </>
  );
}

function Found({ document: d, place }: { document: Document; place: number }) {
  const more = d.metadata && Object.keys(d.metadata).length > 0;
  return (
    <div className={classes.message}>
      <div className={classes.messagehead}>
        <span className="clip"><span className="num">{place}.</span> {d.id}</span>
        {typeof d.score === "number" ? <span className="num" title={String(d.score)}>score {Math.round(d.score * 1e4) / 1e4}</span> : <span className="muted">no score</span>}
      </div>
      <div className={classes.parts}>
        {d.content ? <LongText text={d.content} limit={1200} /> : <span className="muted">no text</span>}
        {more ? <JsonView value={d.metadata} what="metadata" /> : null}
      </div>
    </div>
  );
}
