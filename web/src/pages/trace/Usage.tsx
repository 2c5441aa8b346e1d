import type { Int, Span } from "../../api/types";
import { Money } from "../../components/facts";
import { count, money, plural } from "../../lib/format";
import type { Subtotal } from "../../lib/totals";
import { Section } from "./Section";
import classes from "./Trace.module.css";

const rows: { name: string; pick: (u: NonNullable<Span["usage"]>) => Int }[] = [
  { name: "Input", pick: (u) => u.input_tokens },
  { name: "of it read from cache", pick: (u) => u.cache_read_tokens },
  { name: "of it written to cache", pick: (u) => u.cache_write_tokens },
  { name: "of it audio", pick: (u) => u.input_audio_tokens },
  { name: "Output", pick: (u) => u.output_tokens },
  { name: "of it reasoning", pick: (u) => u.reasoning_tokens },
  { name: "of it audio ", pick: (u) => u.output_audio_tokens },
];

/** Tokens and money of a span and of all below it. Parts are named as parts: they are inside their total, not beside it. */
export function Usage({ span, sum, below }: { span: Span; sum: Subtotal | undefined; below: number }) {
  const { usage } = span;
  const own = usage && (rows.some((r) => some(r.pick(usage))) || Object.keys(usage.units ?? {}).length > 0);
  const tree = below > 0 && sum && (sum.input + sum.output > 0 || sum.cost);
  if (!own && !tree && !span.reported_cost) return null;
  return (
    <Section title="Usage and cost">
      <table className={classes.usage}>
        <thead>
          <tr><td className="muted">Tokens and money</td>{own && <th scope="col">This span</th>}{tree && <th scope="col">With {plural(below, "span")} below</th>}</tr>
        </thead>
        <tbody>
          {rows.map((r) => {
            const n = own ? r.pick(usage) : 0;
            const total = r.name === "Input" ? sum?.input : r.name === "Output" ? sum?.output : undefined;
            if (!some(n) && (r.name.startsWith("of") || !tree)) return null;
            return (
              <tr key={r.name}>
                <th scope="row">{r.name}</th>
                {own && <td>{count(n)} tokens</td>}
                {tree && <td>{total === undefined ? "" : `${count(total)} tokens`}</td>}
              </tr>
            );
          })}
          {Object.entries(usage?.units ?? {}).map(([unit, n]) => (
            <tr key={unit}>
              <th scope="row">{unit.replaceAll("_", " ")}</th>
              <td>{count(n)}</td>
              {own && tree && <td>–</td>}
            </tr>
          ))}
          <tr>
            <th scope="row">Cost</th>
            {own && <td><Money value={span.cost} /></td>}
            {tree && <td><Money value={sum.cost} /></td>}
          </tr>
          {tree && sum.calls > 0 && <tr><th scope="row">Model calls</th>{own && <td>{span.kind === "llm" ? 1 : "–"}</td>}<td>{count(sum.calls)}</td></tr>}
          {span.reported_cost && (
            <tr>
              <th scope="row">Reported cost</th>
              <td title={`${span.reported_cost.amount} ${span.reported_cost.currency}, as the emitter said; it is not used in totals`}>{money(span.reported_cost.amount, span.reported_cost.currency)}</td>
            </tr>
          )}
        </tbody>
      </table>
      <div className="muted">
        {own && usage.source && `Tokens are ${usage.source}. `}
        {own && usage.rollup && "They repeat those of the spans below and are in no total. "}
        {span.cost?.price && `Price: ${span.cost.price}.`}
      </div>
    </Section>
  );
}

function some(n: Int | undefined): boolean {
  return n !== undefined && n !== null && n !== 0 && n !== "0" && n !== "";
}
