import type { ReactNode } from "react";
import type { Document, Span } from "../../api/types";
import { money, plural, scoreValue } from "../../lib/format";
import { unfold } from "../../lib/message";
import { JsonBlock } from "./JsonBlock";
import { LongText, Messages } from "./Messages";
import classes from "./Trace.module.css";
import { Usage } from "./Usage";

/** What the span was about, in the order in which a reader asks: tool, messages, documents, scores, usage, how it was mapped. */
export function Content({ span, complete }: { span: Span; complete: boolean }) {
  const input = span.input ?? [];
  const output = span.output ?? [];
  const documents = span.documents ?? [];
  const scores = span.scores ?? [];
  const offered = span.tools_offered ?? [];
  const empty = input.length + output.length + documents.length === 0 && !span.tool;
  return (
    <>
      {span.tool && (
        <>
          <Section title={`Arguments of ${span.tool.name || "the tool"}`}>
            <JsonBlock value={unfold(span.tool.arguments)} what="arguments" />
          </Section>
          <Section title="Result">
            {span.tool.result === undefined || span.tool.result === null
              ? <span className="muted">No result was recorded.</span>
              : <JsonBlock value={unfold(span.tool.result)} what="result" />}
          </Section>
        </>
      )}
      {input.length > 0 && <Section title="Input"><Messages messages={input} /></Section>}
      {output.length > 0 && <Section title="Output"><Messages messages={output} /></Section>}
      {documents.length > 0 && (
        <Section title="Documents">
          {documents.map((d, i) => <Found key={`${d.id ?? ""}${i}`} document={d} place={i + 1} />)}
        </Section>
      )}
      {empty && complete && (
        <Section title="Content"><span className="muted">The emitter sent no messages with this span. What it did send is under Attributes.</span></Section>
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
      <Usage span={span} />
      {span.reported_cost && (
        <Section title="Reported cost">
          <span className="num" title={`${span.reported_cost.amount} ${span.reported_cost.currency}`}>
            {money(span.reported_cost.amount, span.reported_cost.currency)}
          </span>{" "}
          <span className="muted">as the emitter said; it is not used in totals</span>
        </Section>
      )}
      {offered.length > 0 && (
        <Section title={`Tools offered (${offered.length})`}>
          {offered.map((tool) => (
            <details key={tool.name} className={classes.folded}>
              <summary><b>{tool.name}</b> {tool.description?.slice(0, 120)}</summary>
              {tool.description && tool.description.length > 120 && <p className="prose">{tool.description}</p>}
              <JsonBlock value={tool.schema} what="schema" />
            </details>
          ))}
        </Section>
      )}
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

export function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={classes.section}>
      <h3>{title}</h3>
      {children}
    </section>
  );
}

function Found({ document: d, place }: { document: Document; place: number }) {
  const more = d.metadata && Object.keys(d.metadata).length > 0;
  return (
    <div className={classes.message}>
      <div className={classes.messagehead}>
        <span className="clip"><span className="num">{place}.</span> {d.id}</span>
        {typeof d.score === "number" && <span className="num" title={String(d.score)}>score {Math.round(d.score * 1e4) / 1e4}</span>}
      </div>
      <div className={classes.parts}>
        {d.content && <LongText text={d.content} />}
        {more ? <JsonBlock value={d.metadata} what="metadata" /> : null}
      </div>
    </div>
  );
}
