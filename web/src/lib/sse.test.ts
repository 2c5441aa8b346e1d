import { expect, it } from "vitest";
import { reader } from "./sse";

it("reads events wherever the pieces are cut", () => {
  const stream = ': steward\n\nevent: span\ndata: {"a":1}\n\nevent: dropped\ndata: {"count":7}\n\n: beat\n\nevent: span\ndata: {}\n\nevent: sp';
  for (let cut = 0; cut <= stream.length; cut++) {
    const read = reader(["dropped"]);
    const batches = [read(stream.slice(0, cut)), read(stream.slice(cut))];
    const spans = batches.reduce((sum, b) => sum + (b.counts.span ?? 0), 0);
    expect(spans, `cut at ${cut}`).toBe(2);
    expect(batches.flatMap((b) => b.data)).toEqual([{ event: "dropped", data: '{"count":7}' }]);
  }
});
