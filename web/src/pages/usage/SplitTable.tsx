import { Button, Skeleton } from "@mantine/core";
import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import { useMemo, type ReactNode } from "react";
import { count, duration } from "../../lib/format";
import type { Range } from "../../lib/period";
import { failing } from "../../lib/problems";
import { per, size, sorted, type UsageRow } from "./model";
import { calls, questions } from "./query";
import { splits, type Column, type Split, type UsageSearch } from "./search";
import { cost, share } from "./Sums";
import { UsageLink, type About } from "./UsageLink";
import classes from "./Usage.module.css";

interface Props {
  answer: { range: Range; rows: UsageRow[] } | undefined;
  whole: UsageRow | undefined;
  search: UsageSearch;
  by: Split;
  onOrder: (order: string | undefined) => void;
  onPrice: (model: string) => void;
}

const columns: { id: Column; title: string; about?: string }[] = [
  { id: "cost", title: "Cost" },
  { id: "session", title: "Per session", about: "Cost of the calls by the sessions that they belong to" },
  { id: "calls", title: "Calls" },
  { id: "input", title: "Input", about: "Input tokens, cached ones included" },
  { id: "cached", title: "Cached", about: "Share of the input that the provider read from its cache" },
  { id: "output", title: "Output", about: "Output tokens, reasoning included" },
  { id: "p50", title: "p50", about: "Half of the calls took no longer" },
  { id: "p95", title: "p95", about: "95% of the calls took no longer" },
  { id: "failed", title: "Failed", about: "Calls that ended in error" },
  { id: "lost", title: "Failed cost", about: "What the failed calls cost" },
  { id: "problems", title: "Problems", about: "Spans of any kind that failed or have a problem" },
  { id: "unpriced", title: "Unpriced" },
];

/** The same numbers for each value of a field; each leads to its traces. */
export function SplitTable({ answer, whole, search, by, onOrder, onPrice }: Props) {
  const order = search.order ?? "-cost";
  const rows = useMemo(() => (answer ? sorted(answer.rows, order) : []), [answer, order]);
  if (!answer) {
    return (
      <div role="status" aria-label="Adding up" className={classes.waiting}>
        {Array.from({ length: 5 }, (_, i) => <Skeleton key={i} height={14} width="96%" />)}
      </div>
    );
  }
  if (rows.length === 0) return <p className={classes.none}>No call in this period{search.filter ? " matches the filter" : ""}.</p>;
  return (
    <div className={classes.wide}>
      <table className={classes.table} aria-label={`Usage by ${splits[by].toLowerCase()}`}>
        <thead>
          <tr>
            <Head id="name" title={splits[by]} order={order} onOrder={onOrder} />
            {columns.map((c) => <Head key={c.id} {...c} order={order} onOrder={onOrder} right />)}
          </tr>
        </thead>
        <tbody>
          {rows.map((r) => <Line key={r.name} row={r} whole={whole} at={{ search, range: answer.range, by, name: r.name }} onPrice={by === "model" && r.name ? onPrice : undefined} />)}
        </tbody>
      </table>
    </div>
  );
}

function Head({ id, title, about, order, onOrder, right }: { id: Column; title: string; about?: string; order: string; onOrder: Props["onOrder"]; right?: boolean }) {
  const down = order === `-${id}`;
  const up = order === id;
  const next = id === "name" ? (up ? "-name" : "name") : down ? id : `-${id}`;
  return (
    <th scope="col" data-right={right} title={about} aria-sort={down ? "descending" : up ? "ascending" : "none"}>
      <button type="button" className={classes.sort} onClick={() => onOrder(next)}>
        {title}
        {down && <IconArrowDown size={12} aria-hidden />}
        {up && <IconArrowUp size={12} aria-hidden />}
      </button>
    </th>
  );
}

function Line({ row: r, whole, at, onPrice }: { row: UsageRow; whole: UsageRow | undefined; at: About; onPrice: ((model: string) => void) | undefined }) {
  const called = { terms: calls, count: r.calls.traces };
  const part = whole && size(whole.cost) > 0 && r.cost?.amount ? size(r.cost) / size(whole.cost) : undefined;
  const cells: Record<Exclude<Column, "name">, ReactNode> = {
    cost: r.cost ? (
      <>
        <UsageLink {...at} terms={`${calls} cost:*`} sort="-cost">{cost(r.cost)}</UsageLink>
        <span className={classes.part} title={part === undefined ? undefined : "Share of the whole cost"}>{part === undefined ? "" : share(part, 1)}</span>
      </>
    ) : r.unpriced.n ? <span className={classes.caution}>unpriced</span> : null,
    session: r.cost && r.sessions ? <UsageLink {...at} page="sessions" terms="session:*" count={r.sessions}>{cost(per(r.cost, r.sessions))}</UsageLink>
      : r.unpriced.n && onPrice ? <Button variant="subtle" size="compact-xs" className={classes.inline} aria-label={`Set a price for ${r.name}`} onClick={() => onPrice(r.name)}>Set a price</Button> : null,
    calls: r.calls.n ? <UsageLink {...at} {...called}>{count(r.calls.n)}</UsageLink> : null,
    input: r.input ? <UsageLink {...at} {...called} sort="-tokens">{count(r.input)}</UsageLink> : null,
    cached: r.input ? share(r.cached, r.input) : null,
    output: r.output ? <UsageLink {...at} {...called} sort="-tokens">{count(r.output)}</UsageLink> : null,
    p50: r.p50 === undefined ? null : <UsageLink {...at} {...called} sort="-duration">{duration(r.p50)}</UsageLink>,
    p95: r.p95 === undefined ? null : <UsageLink {...at} terms={`${calls} duration>${Math.floor(r.p95)}ms`} sort="-duration">{duration(r.p95)}</UsageLink>,
    failed: r.failed.n ? <UsageLink {...at} terms={questions.failed.terms} count={r.failed.traces}>{count(r.failed.n)}</UsageLink> : null,
    lost: r.lost && r.failed.n ? <UsageLink {...at} terms={questions.failed.terms} sort="-cost" count={r.failed.traces}>{cost(r.lost)}</UsageLink> : null,
    problems: r.problems.n ? <UsageLink {...at} terms={failing} count={r.problems.traces}>{count(r.problems.n)}</UsageLink> : null,
    unpriced: r.unpriced.n ? (
      <span className={classes.caution}><UsageLink {...at} terms={questions.unpriced.terms} count={r.unpriced.traces}>{count(r.unpriced.n)}</UsageLink></span>
    ) : null,
  };
  return (
    <tr>
      <th scope="row" title={r.name || "not named"}><UsageLink {...at} count={r.traces}>{r.name || "not named"}</UsageLink></th>
      {columns.map(({ id }) => <td key={id} data-right className="num">{cells[id as Exclude<Column, "name">] ?? <span className="muted">–</span>}</td>)}
    </tr>
  );
}
