import dagre from "@dagrejs/dagre";
import {
  Background, BaseEdge, Controls, EdgeLabelRenderer, Handle, MarkerType, Position, ReactFlow, useReactFlow, type Edge, type EdgeProps, type Node as FlowNode,
  type NodeProps,
} from "@xyflow/react";
import "@xyflow/react/dist/base.css";
import { useComputedColorScheme } from "@mantine/core";
import { memo, useEffect, useMemo } from "react";
import { KindIcon } from "../../components/facts";
import { TroubleCounts } from "../../components/Problems";
import { callGraph, type Actor, type Call, type CallGraph } from "../../lib/callgraph";
import { count, duration, plural } from "../../lib/format";
import { useKeys } from "../../lib/keys";
import type { TraceModel } from "./model";
import classes from "./Graph.module.css";

interface Props {
  model: TraceModel;
  selected: string | undefined;
  onSelect: (span: string) => void;
}

const width = 152;
const height = 52;

interface Data extends Record<string, unknown> {
  actor: Actor;
  current: boolean;
  onSelect: (span: string) => void;
}
type ActorNode = FlowNode<Data, "actor">;

interface Line extends Record<string, unknown> {
  path: string;
  label: { x: number; y: number; text: string };
}
type CallEdge = Edge<Line, "call">;

const nodeTypes = { actor: memo(ActorBox) };
const edgeTypes = { call: memo(CallLine) };

/** Who called whom: agents, models, tools and searches, each drawn once. Loaded on demand. */
export default function Graph({ model, selected, onSelect }: Props) {
  const scheme = useComputedColorScheme("light");
  const graph = useMemo(() => callGraph(model.tree), [model]);
  const places = useMemo(() => layOut(graph), [graph]);
  const current = selected ? graph.of.get(selected) : undefined;
  const nodes = useMemo(
    () => graph.actors.map((actor): ActorNode => ({
      id: actor.id, type: "actor", position: places.boxes.get(actor.id)!, width, height, data: { actor, current: actor.id === current, onSelect }, ariaLabel: label(actor),
    })),
    [graph, places, current, onSelect],
  );
  const edges = useMemo(() => graph.calls.map((c): CallEdge => ({
    id: c.id, source: c.from, target: c.to, type: "call", focusable: false, data: { path: c.after ? bow(places.lines.get(c.id)!) : curve(places.lines.get(c.id)!), label: { ...middle(places.lines.get(c.id)!), text: told(c) } },
    className: [c.after ? classes.then : "", c.errors > 0 ? classes.failed : "", c.from === current || c.to === current ? classes.near : ""].join(" "),
    markerEnd: { type: MarkerType.ArrowClosed, width: 14, height: 14, markerUnits: "userSpaceOnUse", color: c.errors > 0 ? "var(--bar-error)" : "var(--bar)" },
  })), [graph, places, current]);
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
      <div className={`${classes.note} muted num clip`}>
        {actor ? `${actor.name}: ${place >= 0 ? `span ${count(place + 1)} of ` : ""}${plural(actor.spans.length, "span")}, ${duration(actor.ms)} together` : "Select a box"}
      </div>
      <ReactFlow
        className={classes.flow}
        colorMode={scheme}
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        edgeTypes={edgeTypes}
        fitView
        fitViewOptions={{ maxZoom: 1.1, padding: 0.04 }}
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

function told(c: Call): string {
  const times = c.times > 1 ? `×${count(c.times)}` : "";
  return [[c.after ? "then" : "", times].filter(Boolean).join(" "), c.errors > 0 ? `${count(c.errors)} failed` : ""].filter(Boolean).join(", ");
}

function CallLine({ data, markerEnd }: EdgeProps<CallEdge>) {
  if (!data) return null;
  const { x, y, text } = data.label;
  return (
    <>
      <BaseEdge path={data.path} markerEnd={markerEnd} />
      {text && <EdgeLabelRenderer><span className={`${classes.label} num`} style={{ transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` }}>{text}</span></EdgeLabelRenderer>}
    </>
  );
}

interface Point {
  x: number;
  y: number;
}

/** Boxes by their top left corner, lines by the points that they go through. */
function layOut({ actors, calls }: CallGraph): { boxes: Map<string, Point>; lines: Map<string, Point[]> } {
  const g = new dagre.graphlib.Graph({ multigraph: true });
  g.setGraph({ rankdir: "LR", ranksep: 46, nodesep: 16, edgesep: 12, marginx: 8, marginy: 8 });
  g.setDefaultEdgeLabel(() => ({}));
  for (const a of actors) g.setNode(a.id, { width, height });
  for (const c of calls) if (c.from !== c.to && !c.after) g.setEdge(c.from, c.to, {}, c.id);
  dagre.layout(g);
  const boxes = new Map(actors.map((a) => {
    const { x, y } = g.node(a.id) as Point;
    return [a.id, { x: x - width / 2, y: y - height / 2 }];
  }));
  const lines = new Map(calls.map((c) => {
    const from = boxes.get(c.from)!;
    if (c.from === c.to) return [c.id, aroundItself(from)];
    const to = boxes.get(c.to)!;
    if (c.after) return [c.id, aside(from, to)];
    const bends = (g.edge(c.from, c.to, c.id) as { points: Point[] }).points.slice(1, -1);
    return [c.id, fromSideToSide(from, bends, to)];
  }));
  return { boxes, lines };
}

/** From the middle of one box's right side to the middle of the other's left one, over the bends between them. */
function fromSideToSide(from: Point, bends: Point[], to: Point): Point[] {
  const start = { x: from.x + width, y: from.y + height / 2 };
  const end = { x: to.x, y: to.y + height / 2 };
  const across = bends
    .filter((p) => p.x - width / 2 > start.x && p.x + width / 2 < end.x)
    .flatMap(({ x, y }) => [{ x: x - width / 2, y }, { x: x + width / 2, y }]); // straight past the boxes of the rank
  return [start, ...across, end];
}

/** From one box's right side around to the other's: who went on after whom is no call, and no part of the layout. */
function aside(from: Point, to: Point): Point[] {
  const out = Math.max(from.x, to.x) + width + Math.min(70, 22 + Math.abs(to.y - from.y) / 6);
  const down = to.y > from.y ? 1 : -1;
  const start = { x: from.x + width, y: from.y + height / 2 + down * 12 };
  const end = { x: to.x + width, y: to.y + height / 2 - down * 12 };
  return [start, { x: out, y: start.y + (end.y - start.y) * 0.3 }, { x: out, y: start.y + (end.y - start.y) * 0.7 }, end];
}

function aroundItself({ x, y }: Point): Point[] {
  return [{ x: x + width, y: y + height * 0.3 }, { x: x + width * 0.5, y: y - 12 }, { x, y: y + height * 0.3 }];
}

/** A line through the points that leaves and reaches each of them sideways. */
function curve(points: Point[]): string {
  const [first, ...rest] = points;
  let at = first!;
  let path = `M ${at.x} ${at.y}`;
  for (const p of rest) {
    const pull = p.x > at.x ? (p.x - at.x) / 2 : 24;
    path += ` C ${at.x + pull} ${at.y} ${p.x - pull} ${p.y} ${p.x} ${p.y}`;
    at = p;
  }
  return path;
}

/** A line through the points, rounded at each. */
function bow([start, one, two, end]: Point[]): string {
  return `M ${start!.x} ${start!.y} C ${one!.x} ${start!.y} ${one!.x} ${one!.y} ${one!.x} ${(one!.y + two!.y) / 2} S ${two!.x} ${end!.y} ${end!.x} ${end!.y}`;
}

function middle(points: Point[]): Point {
  const k = Math.floor((points.length - 1) / 2);
  const [a, b] = [points[k]!, points[k + 1]!];
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}
