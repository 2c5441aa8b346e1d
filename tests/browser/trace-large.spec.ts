import type { Page } from "@playwright/test";
import { freshProject } from "./days";
import { expect, test } from "./fixtures";
import { send, type Sent } from "./otlp";

const size = 30_000;
const project = "thirty-thousand";
const id = "30af7651916cd43dd8448eb211c80319";
const firstFailure = spanId(20_005);

function spanId(i: number): string {
  return (i + 1).toString(16).padStart(16, "0");
}

/** An agent's run of 30,000 spans, three below each, with content; a few tools in its later half fail. */
test.beforeAll(async ({ server }) => {
  const key = await freshProject(server, project);
  const start = Date.now() - 600_000;
  const kinds = ["chat", "execute_tool", "retrieval"] as const;
  for (let from = 0; from < size; from += 5000) {
    const spans = Array.from({ length: 5000 }, (_, k): Sent => {
      const i = from + k;
      const operation = i === 0 ? "invoke_agent" : kinds[i % 3]!;
      const failed = i > 20_000 && i % 3 === 1 && i % 1667 === 5;
      return {
        id: spanId(i), parent: i === 0 ? undefined : spanId(Math.floor((i - 1) / 3)), name: `${operation} ${i}`, at: i, ms: i === 0 ? size : 5,
        error: failed || spanId(i) === firstFailure ? `step ${i} failed` : undefined,
        attributes: {
          "gen_ai.operation.name": operation,
          ...(operation === "chat" && {
            "gen_ai.request.model": "gpt-4o", "gen_ai.provider.name": "openai", "gen_ai.usage.input_tokens": 1000 + i, "gen_ai.usage.output_tokens": 20,
            "gen_ai.input.messages": JSON.stringify([{ role: "user", parts: [{ type: "text", content: `question ${i}${" and more".repeat(60)}` }] }]),
            "gen_ai.output.messages": JSON.stringify([{ role: "assistant", parts: [{ type: "text", content: `answer ${i}` }] }]),
          }),
          ...(operation === "execute_tool" && { "gen_ai.tool.name": "look_up", "gen_ai.tool.call.arguments": `{"n":${i}}`, "gen_ai.tool.call.result": `{"row":${i}}` }),
        },
      };
    });
    expect((await send(server.url, key, { id, start, spans })).status).toBe(200);
  }
});

/** Milliseconds from the navigation to the first row of the tree, and the longest tasks of the page until then. */
async function openedAfter(page: Page, url: string): Promise<{ row: number; longest: number }> {
  await page.goto(url);
  await expect(page.getByRole("treeitem").first()).toBeVisible();
  return page.evaluate(() => {
    const seen = window as unknown as { firstRow: number; longTasks: number[] };
    return { row: seen.firstRow, longest: Math.max(0, ...seen.longTasks) };
  });
}

/** Scrolls by rows a frame for so many frames; answers the times between frames, in milliseconds. */
function scrolled(page: Page, frames: number): Promise<number[]> {
  return page.getByRole("tree").evaluate((tree, wanted) => new Promise<number[]>((done) => {
    const times: number[] = [];
    let last = performance.now();
    const step = (now: number) => {
      times.push(now - last);
      last = now;
      tree.scrollTop += 130;
      if (times.length < wanted) requestAnimationFrame(step);
      else done(times.slice(1));
    };
    requestAnimationFrame(step);
  }), frames);
}

test("a trace of 30,000 spans opens within 2 s and scrolls at 50 frames a second", async ({ operator, server }) => {
  await operator.addInitScript(() => {
    const seen = Object.assign(window as unknown as { firstRow: number; longTasks: number[] }, { firstRow: 0, longTasks: [] as number[] });
    new PerformanceObserver((list) => seen.longTasks.push(...list.getEntries().map((e) => e.duration))).observe({ type: "longtask", buffered: true });
    const watch = new MutationObserver(() => {
      if (!document.querySelector("[role=treeitem]")) return;
      watch.disconnect();
      requestAnimationFrame(() => (seen.firstRow = performance.now()));
    });
    watch.observe(document, { childList: true, subtree: true });
  });
  // Other work on the machine can only make it slower: of up to five times the best counts.
  const opened: { row: number; longest: number }[] = [];
  while (opened.length < 5 && !opened.some((o) => o.row < 2000)) opened.push(await openedAfter(operator, `${server.url}/traces/${id}?project=${project}`));
  const best = opened.toSorted((a, b) => a.row - b.row)[0]!;
  console.log(`30,000 spans: first row after ${opened.map((o) => Math.round(o.row)).join(", ")} ms, longest task ${Math.round(best.longest)} ms`);
  expect(best.row).toBeLessThan(2000);

  const selected = operator.locator('[role=treeitem][aria-selected="true"]');
  await expect(selected).toContainText("20005"); // the earliest failure, with its path unfolded
  await expect(operator.getByText("step 20005 failed").first()).toBeVisible();
  await expect(operator.getByRole("treeitem").first()).toContainText("invoke_agent 0");

  await operator.getByRole("button", { name: "Unfold all" }).click();
  await expect(operator.getByText("30,000 spans over", { exact: false })).not.toContainText("rows");
  await operator.getByRole("tree").evaluate((tree) => { tree.scrollTop = 0; });
  const runs: number[][] = [];
  const rate = (times: number[]) => (1000 * times.length) / times.reduce((a, b) => a + b, 0);
  while (runs.length < 5 && !runs.some((r) => rate(r) >= 50)) runs.push(await scrolled(operator, 240));
  const rates = runs.map(rate);
  const fastest = runs[rates.indexOf(Math.max(...rates))]!;
  console.log(`scrolling: ${rates.map((r) => r.toFixed(1)).join(", ")} frames/s; of ${fastest.length} frames ${fastest.filter((t) => t > 33).length} above 33 ms, longest ${Math.round(Math.max(...fastest))} ms`);
  expect(Math.max(...rates)).toBeGreaterThanOrEqual(50);
  expect(await operator.getByRole("treeitem").count()).toBeLessThan(100);
});

test("what a large trace's answer left out is loaded when it is wanted", async ({ operator, server }) => {
  await operator.goto(`${server.url}/traces/${id}?project=${project}&span=${spanId(300)}`);
  await expect(operator.getByText("question 300", { exact: false })).toBeVisible();
  await operator.keyboard.press("/");
  await operator.keyboard.type("answer 29997");
  await expect(operator.locator('[role=treeitem][aria-selected="true"]')).toContainText("chat 29997");
  await expect(operator.getByText("answer 29997", { exact: true })).toBeVisible();
  await operator.keyboard.press("Escape");
  await operator.keyboard.press("2");
  await expect(operator.getByText("question 3 and", { exact: false })).toBeVisible();
});
