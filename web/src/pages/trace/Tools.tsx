import { useMemo } from "react";
import type { Span, ToolOffer } from "../../api/types";
import { JsonView } from "../../components/JsonView";
import { count } from "../../lib/format";
import { toolUse } from "../../lib/tools";
import { Section } from "./Section";
import classes from "./Trace.module.css";

/** The tools that a model was offered beside those that it called. */
export function Tools({ span, before }: { span: Span; before: Span | undefined }) {
  const use = useMemo(() => toolUse(span, before), [span, before]);
  if (use.offered.length + use.called.length === 0) return null;
  return (
    <Section title="Tools" beside={use.withdrawn.length > 0 && <span className="muted">no longer offered: {use.withdrawn.join(", ")}</span>}>
      <div className={classes.columns}>
        <div>
          <div className="muted">Called</div>
          {use.called.length === 0 && <span className="muted">none</span>}
          {use.called.map((c) => (
            <div key={c.name} className={classes.toolline}>
              <b>{c.name}</b>{c.times > 1 && <span className="num"> ×{count(c.times)}</span>}
              {!c.offered && use.offered.length > 0 && <span className={classes.oddtext}> not offered</span>}
            </div>
          ))}
        </div>
        <div>
          <div className="muted">Offered, <span className="num">{count(use.offered.length)}</span></div>
          {use.offered.length === 0 && <span className="muted">the emitter does not say</span>}
          {use.offered.map((o) => <Offer key={o.tool.name} tool={o.tool} called={o.called} fresh={o.fresh} />)}
        </div>
      </div>
    </Section>
  );
}

function Offer({ tool, called, fresh }: { tool: ToolOffer; called: boolean; fresh: boolean }) {
  const long = (tool.description?.length ?? 0) > 90;
  return (
    <details className={`${classes.folded} ${classes.offer}`}>
      <summary>
        {called ? <b>{tool.name}</b> : tool.name}
        {called && <span> called</span>}
        {fresh && <span> new</span>}
        {tool.description && <span> · {tool.description.slice(0, 90)}{long ? " …" : ""}</span>}
      </summary>
      {long && <p className="prose">{tool.description}</p>}
      {tool.schema === undefined
        ? <span className="muted">No schema was sent.</span>
        : <JsonView value={tool.schema} what={`schema of ${tool.name}`} />}
    </details>
  );
}
