import type { Searched } from "../api/types";
import { plural } from "../lib/format";
import { local, utc } from "../lib/time";

interface Props {
  count: number;
  noun: string;
  hasMore: boolean;
  searched: Searched | undefined;
  loading: boolean;
  /** The server could not read the filter, so nothing was searched. */
  unread?: boolean;
}

/** How many rows there are so far, and how far back the answer has looked. */
export function SearchedNote({ count, noun, hasMore, searched, loading, unread }: Props) {
  if (unread) return <span>Nothing was searched: the filter has a mistake.</span>;
  if (loading) return <span>Looking …</span>;
  const parts = [<span key="n" className="num">{plural(count, noun)}{hasMore ? " so far" : ""}</span>];
  if (searched && !searched.complete) {
    parts.push(
      <span key="s" title={`searched from ${utc(searched.from)} to ${utc(searched.to)}`}>
        {" · "}searched back to <span className="num">{local(searched.from)}</span>
        {hasMore ? ", older ones come as you scroll" : ""}
      </span>,
    );
  }
  if (searched && searched.partly > 0) {
    parts.push(
      <span key="p" title="Text beyond 32 kB of a span is kept, and is not searched">
        {" · "}{plural(searched.partly, "span")} searched in part
      </span>,
    );
  }
  return <span role="status">{parts}</span>;
}
