import dagre from "@dagrejs/dagre";
import { Background, Controls, Handle, MarkerType, Position, ReactFlow, useReactFlow, type Edge, type Node as FlowNode, type NodeProps } from "@xyflow/react";
import "@xyflow/react/dist/base.css";
import { useComputedColorScheme } from "@mantine/core";
import { memo, useEffect, useMemo } from "react";
import { KindIcon } from "../../components/facts";
import { TroubleCounts } from "../../components/Problems";
import { callGraph, type Actor, type CallGraph } from "../../lib/callgraph";
import { count, duration, plural } from "../../lib/format";
import { useKeys } from "../../lib/keys";
import type { TraceModel } from "./model";
import classes from "./Graph.module.css";

interface Props {
  model: TraceModel;
  selected: string | undefined;
  onSelect: (span: string) => void;
}

const width = 190;
const height = 52;

interface Data extends Record<string, unknown> {
  actor: Actor;
  current: boolean;
  onSelect: (span: string) => void;
}
type ActorNode = FlowNode<Data, "actor">;

const types = { actor: memo(ActorBox) };

/** Who called whom: agents, models, tools and searches, each drawn once. Loaded on demand. */
export default function Graph({ model, selected, onSelect }: Props) {
  const scheme = useComputedColorScheme("light");
  const graph = useMemo(() => callGraph(model.tree), [model]);
  const places = useMemo(() => layOut(graph), [graph]);
  const current = selected ? graph.of.get(selected) : undefined;
  const nodes = useMemo(
    () => graph.actors.map((actor): ActorNode => ({
      id: actor.id, type: "actor", position: places.get(actor.id)!, width, height, data: { actor, current: actor.id === current, onSelect }, ariaLabel: label(actor),
    })),
    [graph, places, current, onSelect],
  );
  const edges = useMemo(() => graph.calls.map((c): Edge => ({
    id: c.id, source: c.from, target: c.to, type: c.from === c.to ? "default" : "smoothstep", focusable: false,
    label: c.after ? `then${c.times > 1 ? ` ×${count(c.times)}` : ""}` : [c.times > 1 ? `×${count(c.times)}` : "", c.errors > 0 ? `${count(c.errors)} failed` : ""].filter(Boolean).join(", ") || undefined,
    className: [c.after ? classes.then : "", c.errors > 0 ? classes.failed : "", c.from === current || c.to === current ? classes.near : ""].join(" "),
    markerEnd: { type: MarkerType.ArrowClosed, width: 16, height: 16 },
  })), [graph, current]);
  const actor = graph.actors.find((a) => a.id === current);
  const place = actor?.spans.indexOf(selected ?? "") ?? -1;
  const step = (by: 1 | -1) => {
    const at = graph.actors.findIndex((a) => a.id === current);
    const next = graph.actors[(at + by + graph.actors.length) % graph.actors.length];
    if (next) onSelect(next.spans[0]!);
  };
  const inside = (by: 1 | -1) => {
    const to = actor?.spans[place + by];
    if (to) onSelect(to);
  };
  useKeys("Graph", [
    { keys: ["j", "ArrowDown"], what: "Next box", run: () => step(1) },
    { keys: ["k", "ArrowUp"], what: "Box before", run: () => step(-1) },
    { keys: ["l", "ArrowRight"], what: "Next span of the box", run: () => inside(1) },
    { keys: ["h", "ArrowLeft"], what: "Span of the box before", run: () => inside(-1) },
  ]);
  return (
    <div className={classes.view}>
      <div className={`${classes.note} muted num`}>
        {actor ? `${actor.name}: ${place >= 0 ? `span ${count(place + 1)} of ` : ""}${plural(actor.spans.length, "span")}, ${duration(actor.ms)} together` : "Select a box"}
      </div>
      <ReactFlow
        className={classes.flow}
        colorMode={scheme}
        nodes={nodes}
        edges={edges}
        nodeTypes={types}
        fitView
        fitViewOptions={{ maxZoom: 1, padding: 0.08 }}
        minZoom={0.1}
        nodesDraggable={false}
        nodesConnectable={false}
        elementsSelectable={false}
        nodesFocusable={false}
        deleteKeyCode={null}
        disableKeyboardA11y
        aria-label="Agents, models and tools"
      >
        <Background gap={24} />
        <Controls showInteractive={false} />
        <KeepInSight id={current} />
      </ReactFlow>
    </div>
  );
}

/** Moves the picture so that the box of the selected span shows. */
function KeepInSight({ id }: { id: string | undefined }) {
  const flow = useReactFlow();
  useEffect(() => {
    const node = id ? flow.getNode(id) : undefined;
    const box = document.querySelector(`.${classes.flow}`)?.getBoundingClientRect();
    if (!node || !box) return;
    const at = flow.flowToScreenPosition(node.position);
    const zoom = flow.getZoom();
    const inside = at.x >= box.left && at.y >= box.top && at.x + width * zoom <= box.right && at.y + height * zoom <= box.bottom;
    if (!inside) void flow.setCenter(node.position.x + width / 2, node.position.y + height / 2, { zoom });
  }, [id, flow]);
  return null;
}

function label(a: Actor): string {
  return `${a.kind} ${a.name}, ${plural(a.spans.length, "span")}${a.errors ? `, ${a.errors} failed` : ""}${a.soft ? `, ${a.soft} with a problem` : ""}`;
}

function ActorBox({ data: { actor, current, onSelect } }: NodeProps<ActorNode>) {
  return (
    <button type="button" className={`${classes.box} nodrag nopan`} aria-pressed={current} onClick={() => onSelect(actor.spans[0]!)} title={label(actor)}>
      <Handle type="target" position={Position.Left} className={classes.handle} isConnectable={false} />
      <span className={classes.name}><KindIcon kind={actor.kind} /><span className="clip">{actor.name}</span></span>
      <span className={classes.facts}>
        <span className="num">×{count(actor.spans.length)}</span>
        <span className="num">{duration(actor.ms)}</span>
        <TroubleCounts errors={actor.errors} soft={actor.soft} />
      </span>
      <Handle type="source" position={Position.Right} className={classes.handle} isConnectable={false} />
    </button>
  );
}

function layOut({ actors, calls }: CallGraph): Map<string, { x: number; y: number }> {
  const g = new dagre.graphlib.Graph({ multigraph: true });
  g.setGraph({ rankdir: "LR", ranksep: 90, nodesep: 18, marginx: 8, marginy: 8 });
  g.setDefaultEdgeLabel(() => ({}));
  for (const a of actors) g.setNode(a.id, { width, height });
  for (const c of calls) if (c.from !== c.to) g.setEdge(c.from, c.to, { weight: c.after ? 0 : 2 }, c.id);
  dagre.layout(g);
  return new Map(actors.map((a) => {
    const { x, y } = g.node(a.id);
    return [a.id, { x: x - width / 2, y: y - height / 2 }];
  }));
}
