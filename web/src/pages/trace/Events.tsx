import { Link } from "@tanstack/react-router";
import type { Span } from "../../api/types";
import { duration, durationExact } from "../../lib/format";
import { unfold } from "../../lib/message";
import { between, utc } from "../../lib/time";
import { JsonView } from "../../components/JsonView";
import classes from "./Trace.module.css";

/** What happened within the span, and the spans it points to. */
export function Events({ span }: { span: Span }) {
  const events = span.events ?? [];
  const links = span.links ?? [];
  if (events.length + links.length === 0) return <span className="muted">No events and no links.</span>;
  return (
    <>
      {events.map((e, i) => {
        const after = between(span.start, e.time);
        return (
          <div key={`${e.name}${i}`} className={classes.message}>
            <div className={classes.messagehead}>
              <span>{e.name || "(no name)"}{e.from_log && <span className="muted"> from a log record</span>}</span>
              <span className="muted num" title={`${utc(e.time)}, ${durationExact(after)} after the start`}>+{duration(after)}</span>
            </div>
            {(e.body !== undefined || Object.keys(e.attributes ?? {}).length > 0) && (
              <div className={classes.parts}>
                {e.body !== undefined && <JsonView value={unfold(e.body)} what="body" />}
                {Object.keys(e.attributes ?? {}).length > 0 && <JsonView value={e.attributes} what="event" />}
              </div>
            )}
          </div>
        );
      })}
      {links.map((l, i) => (
        <div key={`${l.span_id}${i}`} className={classes.message}>
          <div className={classes.messagehead}>
            <span>
              Link to{" "}
              <Link to="/traces/$traceId" params={{ traceId: l.trace_id }} search={{ span: l.span_id }} className="mono">
                {l.trace_id} / {l.span_id}
              </Link>
            </span>
          </div>
          {Object.keys(l.attributes ?? {}).length > 0 && (
            <div className={classes.parts}><JsonView value={l.attributes} what="link" /></div>
          )}
        </div>
      ))}
    </>
  );
}
