import type { Int, Span } from "../../api/types";
import { Money } from "../../components/facts";
import { count } from "../../lib/format";
import { Section } from "./Content";
import classes from "./Trace.module.css";

const rows: { name: string; of?: string; pick: (u: NonNullable<Span["usage"]>) => Int }[] = [
  { name: "Input", pick: (u) => u.input_tokens },
  { name: "of it read from cache", pick: (u) => u.cache_read_tokens },
  { name: "of it written to cache", pick: (u) => u.cache_write_tokens },
  { name: "of it audio", pick: (u) => u.input_audio_tokens },
  { name: "Output", pick: (u) => u.output_tokens },
  { name: "of it reasoning", pick: (u) => u.reasoning_tokens },
  { name: "of it audio ", pick: (u) => u.output_audio_tokens },
];

/** Tokens and money of one call. Parts are named as parts: they are inside their total, not beside it. */
export function Usage({ span }: { span: Span }) {
  const { usage } = span;
  if (!usage || !rows.some((r) => some(r.pick(usage)))) return null;
  return (
    <Section title="Usage and cost">
      <table className={classes.usage}>
        <tbody>
          {rows.map((r) => {
            const n = r.pick(usage);
            if (!some(n) && r.name.startsWith("of")) return null;
            return (
              <tr key={r.name}>
                <th scope="row">{r.name}</th>
                <td>{count(n)} tokens</td>
              </tr>
            );
          })}
          {span.cost && (
            <tr>
              <th scope="row">Cost</th>
              <td><Money value={span.cost} /></td>
            </tr>
          )}
        </tbody>
      </table>
      <div className="muted">
        {usage.source && `Tokens are ${usage.source}. `}
        {usage.rollup && "They repeat those of the spans below and are in no total. "}
        {span.cost?.price && `Price: ${span.cost.price}.`}
      </div>
    </Section>
  );
}

function some(n: Int | undefined): boolean {
  return n !== undefined && n !== null && n !== 0 && n !== "0" && n !== "";
}
