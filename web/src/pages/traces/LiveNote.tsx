import { count, plural } from "../../lib/format";
import { drawMs, type Tail } from "./useTail";

/** From so many spans a second on, what is drawn is a sample. */
const flood = 50;

/** What the live list does: how much comes in, and how much of it is drawn. */
export function LiveNote({ tail, held, rows }: { tail: Tail; held: boolean; rows: number }) {
  if (held) return <span role="status">Held while you read further down. The newest come again at the top.</span>;
  if (tail.blind) return <span role="status">Asks every 3 s: what comes in cannot be watched ({tail.blind}).</span>;
  return (
    <span role="status" className="num">
      Live · {plural(tail.rate, "span")}/s
      {tail.rate >= flood && <> · a sample is drawn: the newest {count(rows)} traces, every {drawMs / 1000} s</>}
    </span>
  );
}
