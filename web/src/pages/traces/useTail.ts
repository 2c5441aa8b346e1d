/* eslint-disable no-await-in-loop -- a stream is read piece after piece */
import { useEffect, useRef, useState } from "react";
import { combine } from "../../lib/filter";
import type { ListSearch, ShellSearch } from "../../lib/search";
import { reader } from "../../lib/sse";
import { useSession } from "../../session";

export interface Tail {
  /** Matching spans that came in within the last second. */
  rate: number;
  /** Why nothing can be watched as it comes; the list then asks again by itself. */
  blind?: string;
}

/** A list is drawn at most this often, however much comes in. */
export const drawMs = 1000;
const askAgainMs = 3000;

/**
 * Watches what comes in and calls onNews when the list has something new to draw: soon after the first span, and no more
 * than once in drawMs. Spans are counted, not kept, so that a flood costs the page little.
 */
export function useTail(on: boolean, search: ShellSearch & ListSearch, onNews: () => void): Tail {
  const { project } = useSession();
  const [tail, setTail] = useState<Tail>({ rate: 0 });
  const news = useRef(onNews);
  useEffect(() => {
    news.current = onNews;
  });
  const filter = combine(search.filter, search.env).text;
  useEffect(() => {
    if (!on) return;
    const stop = new AbortController();
    let came = 0;
    let blind: string | undefined;
    const beat = setInterval(() => {
      const n = came;
      came = 0;
      setTail((old) => (old.rate === n && old.blind === blind ? old : { rate: n, blind }));
      if (n > 0) news.current();
    }, drawMs);
    const unseeing = setInterval(() => {
      if (blind) news.current();
    }, askAgainMs);
    const watch = async () => {
      while (!stop.signal.aborted) {
        blind = await listen(project, filter, stop.signal, (n) => {
          if (came === 0 && n > 0) setTimeout(() => news.current(), 50);
          came += n;
          blind = undefined;
        });
        if (stop.signal.aborted) return;
        await new Promise((wake) => setTimeout(wake, askAgainMs));
      }
    };
    void watch();
    return () => {
      stop.abort();
      clearInterval(beat);
      clearInterval(unseeing);
      setTail({ rate: 0 });
    };
  }, [on, project, filter]);
  return tail;
}

/** Listens until the stream ends; answers why it did. */
async function listen(project: string, filter: string | undefined, signal: AbortSignal, came: (spans: number) => void): Promise<string> {
  try {
    const query = filter ? `?filter=${encodeURIComponent(filter)}` : "";
    const response = await fetch(`/api/v1/tail${query}`, { headers: { "Steward-Project": project }, credentials: "same-origin", signal });
    if (!response.ok || !response.body) return `the server answered ${response.status}`;
    came(0);
    const read = reader(["dropped"]);
    const pieces = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await pieces.read();
      if (done) return "the server ended the stream";
      const { counts, data } = read(value);
      const dropped = data.reduce((sum, d) => sum + Number((JSON.parse(d.data) as { count: number }).count), 0);
      came((counts.span ?? 0) + dropped);
    }
  } catch (cause) {
    return cause instanceof Error ? cause.message : "the stream broke off";
  }
}
