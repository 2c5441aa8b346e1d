import type { Span } from "../../api/types";
import { duration } from "../../lib/format";
import { endOf, ownTime, type Stretch } from "../../lib/timeline";
import type { Node } from "../../lib/tree";
import type { TraceModel } from "./model";
import classes from "./Waterfall.module.css";

/** Stretches shorter than this share of the window are not drawn one by one. */
const least = 0.002;
const mostSegments = 60;

/**
 * A span over time. A parent is a pale bar, filled where none of its children ran: its own work, or a gap. A dotted line
 * before a bar is time in which nothing beside it ran. The line below marks the critical path.
 */
export function Bars({ node, model, window, loopShut }: { node: Node<Span>; model: TraceModel; window: Stretch; loopShut: boolean }) {
  const { length } = model.tree;
  const scale = window.to - window.from || 1;
  const at = (ms: number) => Math.min(100, Math.max(0, ((ms - window.from) / scale) * 100));
  const place = (s: Stretch) => ({ left: `min(${at(s.from)}%, calc(100% - 2px))`, width: `${Math.max(0, at(s.to) - at(s.from))}%` });
  const end = endOf(node, length);
  const whole = { from: node.offset, to: end };
  const wide = (s: Stretch) => (Math.min(s.to, window.to) - Math.max(s.from, window.from)) / scale > least;
  const outside = end < window.from || node.offset > window.to;
  const parent = node.children.length > 0;
  const own = parent && wide(whole) ? ownTime(node, length).filter(wide).slice(0, mostSegments) : [];
  const critical = model.critical().get(node.span.span_id)?.filter(wide).slice(0, mostSegments) ?? [];
  const gap = gapBefore(node, length);
  const first = node.span.first_token_ms;
  return (
    <div className={classes.lane} aria-hidden>
      {gap && wide(gap) && (gap.to - gap.from) / scale > 0.01 && (
        <div className={classes.gap} style={place(gap)} title={`${duration(gap.to - gap.from)} in which nothing beside it ran`} />
      )}
      {!outside && (
        <div
          className={classes.bar}
          data-kind={node.span.kind}
          data-parent={parent || undefined}
          data-wrong={node.wrong}
          data-open={node.duration === undefined || undefined}
          style={place(whole)}
        />
      )}
      {own.map((s) => <div key={s.from} className={classes.own} data-wrong={node.wrong} data-kind={node.span.kind} style={place(s)} title={`${duration(s.to - s.from)} in which none of its children ran`} />)}
      {loopShut && node.loop?.folded.filter((f) => f.offset <= window.to && endOf(f, length) >= window.from).slice(0, mostSegments).map((f) => (
        <div key={f.span.span_id} className={classes.bar} data-kind={f.span.kind} data-wrong={f.wrong} style={place({ from: f.offset, to: endOf(f, length) })} />
      ))}
      {critical.map((s) => <div key={s.from} className={classes.critical} style={place(s)} title={`on the critical path for ${duration(s.to - s.from)}`} />)}
      {!outside && first && first / scale > 0.01 ? (
        <div className={classes.first} title={`first token after ${duration(first)}`} style={{ left: `${at(node.offset + first)}%` }} />
      ) : null}
    </div>
  );
}

/** The time before a span in which none of its earlier siblings ran any more; none before the first. */
function gapBefore(node: Node<Span>, length: number): Stretch | undefined {
  const siblings = node.parent?.children;
  if (!siblings || siblings[0] === node) return undefined;
  let from = gapEnds.get(siblings);
  if (!from) {
    from = new Map();
    let latest = 0;
    for (const s of siblings) {
      if (s.offset > latest && latest > 0) from.set(s, latest);
      latest = Math.max(latest, endOf(s, length));
    }
    gapEnds.set(siblings, from);
  }
  const began = from.get(node);
  return began === undefined ? undefined : { from: began, to: node.offset };
}

const gapEnds = new WeakMap<readonly Node<Span>[], Map<Node<Span>, number>>();
