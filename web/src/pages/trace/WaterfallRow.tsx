import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { memo } from "react";
import type { Span } from "../../api/types";
import { KindIcon, Money } from "../../components/facts";
import { TroubleCounts, TroubleMarks } from "../../components/Problems";
import { count, duration, durationExact, plural } from "../../lib/format";
import { hintOf } from "../../lib/hint";
import { troubles } from "../../lib/problems";
import type { Stretch } from "../../lib/timeline";
import { hiddenWrong, type Folds, type Node } from "../../lib/tree";
import { Bars } from "./Bars";
import type { TraceModel } from "./model";
import classes from "./Waterfall.module.css";

const indent = 13;
/** Deeper spans keep this indent, so that a chain of thousands stays readable; their level is in the title. */
const deepest = 16;

interface Props {
  node: Node<Span>;
  model: TraceModel;
  y: number;
  window: Stretch;
  selected: boolean;
  folds: Folds;
  found: boolean;
  onSelect: (span: string) => void;
  onFold: (node: Node<Span>, shut: boolean) => void;
}

/** One span of the waterfall. A row is drawn again only when something of it changed. */
export const Row = memo(function Row({ node, model, y, window, selected, folds, found, onSelect, onFold }: Props) {
  const { span } = node;
  const id = span.span_id;
  const loopShut = node.loop !== undefined && !folds.open.has(id);
  const parent = node.children.length > 0;
  const shut = loopShut || (parent && folds.closed.has(id));
  const hidden = hiddenWrong(node, folds);
  const own = troubles(span);
  const sum = model.totals().get(id);
  const word = hintOf(span);
  return (
    <div
      id={`span-${id}`}
      role="treeitem"
      aria-level={node.depth + 1}
      aria-selected={selected}
      aria-expanded={parent || node.loop ? !shut : undefined}
      className={classes.row}
      data-found={found || undefined}
      style={{ transform: `translateY(${y}px)` }}
      onClick={() => onSelect(id)}
    >
      <div className={classes.label} style={{ paddingLeft: 6 + Math.min(node.depth, deepest) * indent }}>
        {parent || node.loop ? (
          <button
            type="button"
            tabIndex={-1}
            className={classes.toggle}
            aria-label={shut ? "Unfold" : "Fold"}
            onClick={(e) => {
              e.stopPropagation();
              onFold(node, !shut);
            }}
          >
            {shut ? <IconChevronRight size={13} aria-hidden /> : <IconChevronDown size={13} aria-hidden />}
          </button>
        ) : (
          <span className={classes.toggle} />
        )}
        <KindIcon kind={span.kind} />
        <Name name={span.name} title={node.depth > deepest ? `${span.name}, level ${node.depth + 1}` : span.name} />
        {node.loop && loopShut && (
          <span className={`${classes.times} num`} title={`The same call ${plural(node.loop.calls, "time")}; unfold to see each`}>
            ×{count(node.loop.calls)}
          </span>
        )}
        <TroubleMarks list={own} brief />
        {node.place === "orphan" && <span className={classes.odd} title={`its parent ${span.parent_id} never came`}>orphan</span>}
        {node.place === "cycle" && <span className={classes.odd} title="its parents lead back to itself">cycle</span>}
        {shut && hidden.spans > 0 && (
          <span className={classes.below}>
            <span className="num" title={`${plural(hidden.spans, "span")} folded`}>+{count(hidden.spans)}</span>
            <TroubleCounts errors={hidden.errors} soft={hidden.soft} where=" below, folded" />
          </span>
        )}
        {word && <span className={`${classes.hint} clip`} title={word}>{word}</span>}
      </div>
      <span className={`${classes.tokens} num`} title={sum ? `${count(sum.input)} tokens in, ${count(sum.output)} out${parent ? ", all below included" : ""}` : ""}>
        {sum && sum.input + sum.output > 0 ? count(sum.input + sum.output) : ""}
      </span>
      <span className={classes.cost}>{sum?.cost && <Money value={sum.cost} />}</span>
      <span className={`${classes.ms} num`} title={durationExact(node.duration)}>
        {node.duration === undefined ? "running" : duration(node.duration)}
      </span>
      <Bars node={node} model={model} window={window} loopShut={loopShut} />
    </div>
  );
});

/** Conventional names begin with the operation, which the sign before them tells; it makes room first. */
function Name({ name, title }: { name: string; title: string }) {
  const operation = /^(execute_tool|invoke_agent|invoke_workflow|create_agent) (?=.)/.exec(name)?.[0];
  return (
    <>
      {operation && <><span className={`${classes.operation} clip`} title={title}>{operation.trim()}</span>{" "}</>}
      <span className={`${classes.name} clip`} title={title}>{operation ? name.slice(operation.length) : name || "(no name)"}</span>
    </>
  );
}
