import AxeBuilder from "@axe-core/playwright";
import type { Locator, Page } from "@playwright/test";
import { expect, test } from "./fixtures";
import { send, type SentTrace } from "./otlp";

const minute = 60_000;
const hex = (n: number, digits: number) => n.toString(16).padStart(digits, "0");

/** A trace of an agent that calls a model and a tool. Every third fails softly, every fifth for good. */
function story(n: number, start: number): SentTrace {
  const failed = n % 5 === 0;
  const soft = n % 3 === 0;
  const id = (k: number) => hex(n * 16 + k, 16);
  const common = { "user.id": `user-${n % 12}`, "gen_ai.conversation.id": `talk-${n % 20}` };
  const model = n % 2 === 0 ? "gpt-4o" : "claude-3 (test)";
  return {
    id: hex(n + 1, 32), start, environment: n % 4 === 0 ? "staging" : "production",
    spans: [
      { id: id(1), name: `answer ${n}`, at: 0, ms: 100 + n, error: failed ? "gave up" : undefined, attributes: { ...common, "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "helper" } },
      { id: id(2), parent: id(1), name: "chat", at: 5, ms: 50, attributes: { ...common, "gen_ai.operation.name": "chat", "gen_ai.request.model": model, "gen_ai.usage.input_tokens": 100 + n, "gen_ai.usage.output_tokens": 5 } },
      {
        id: id(3), parent: id(1), name: "execute_tool look_up", at: 60, ms: 10, error: soft ? "not found" : undefined,
        attributes: { ...common, "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": n % 2 ? "look_up" : "search" },
      },
    ],
  };
}

const total = 60;

test.beforeAll(async ({ server }) => {
  const now = Date.now();
  // 40 within the last hour, 20 a day's edge before, so that a brush has something to leave out.
  await Promise.all(Array.from({ length: total }, async (_, n) => {
    const start = n < 40 ? now - (n + 1) * minute : now - 12 * 60 * minute - n * minute;
    expect((await send(server.url, server.key, story(n, start))).status).toBe(200);
  }));
  const other = await fetch(`${server.url}/api/v1/projects`, {
    method: "POST", headers: { "content-type": "application/json", authorization: `Bearer ${server.key}` }, body: JSON.stringify({ id: "other" }),
  });
  expect(other.status).toBe(201);
  const made = await fetch(`${server.url}/api/v1/keys`, {
    method: "POST", headers: { "content-type": "application/json", authorization: `Bearer ${server.key}`, "Steward-Project": "other" },
    body: JSON.stringify({ name: "k", scopes: ["ingest"] }),
  });
  const { key } = (await made.json()) as { key: string };
  const lone = { id: hex(9999, 32), start: now - minute, spans: [{ id: hex(9999, 16), name: "elsewhere", at: 0, ms: 5 }] };
  expect((await send(server.url, key, lone)).status).toBe(200);
});

test.beforeEach(async ({ operator, server }) => {
  await operator.goto(`${server.url}/traces`);
});

const filterOf = (page: Page) => page.getByLabel("Filter", { exact: true });
const countOf = async (facet: Locator) => Number(/(\d+)\s*traces$/.exec(await facet.innerText())?.[1]);
const rows = (page: Page, n: number) => expect(page.getByText(`${n} trace${n === 1 ? "" : "s"}`, { exact: true })).toBeVisible();

test("a facet's click is a term of the filter, and its count is what the list then holds", async ({ operator }) => {
  await rows(operator, total);
  const facets = operator.getByLabel("Facets");
  const failed = facets.getByRole("button", { name: /^error \d+ traces$/ });
  const n = await countOf(failed);
  expect(n).toBe(12);
  await failed.click();
  await expect(filterOf(operator)).toHaveValue("trace.outcome:error");
  await rows(operator, n);
  await expect(facets.getByRole("button", { name: /^error \d/ })).toHaveAttribute("aria-pressed", "true");

  // Another value of the same field is an alternative, and one with odd characters is quoted as the server reads it.
  await facets.getByRole("button", { name: /^problem \d/ }).click();
  await expect(filterOf(operator)).toHaveValue("trace.outcome:(error OR problem)");
  const odd = facets.getByRole("button", { name: /^claude-3 \(test\) \d+ traces$/ });
  const m = await countOf(odd);
  await odd.click();
  await expect(filterOf(operator)).toHaveValue('trace.outcome:(error OR problem) model:"claude-3 (test)"');
  await rows(operator, m);
  await odd.click(); // and out again
  await expect(filterOf(operator)).toHaveValue("trace.outcome:(error OR problem)");
});

test("alt-click and the keyboard exclude; facets fold and are remembered; values are searched", async ({ operator }) => {
  await rows(operator, total);
  const facets = operator.getByLabel("Facets");
  await facets.getByRole("button", { name: /^staging \d/ }).click({ modifiers: ["Alt"] });
  await expect(filterOf(operator)).toHaveValue("-env:staging");
  await rows(operator, 45);
  await facets.getByRole("button", { name: "Exclude staging" }).focus();
  await operator.keyboard.press("Enter");
  await expect(filterOf(operator)).toHaveValue("");
  await facets.getByRole("button", { name: "User", exact: true }).click();
  await facets.getByLabel("Search in User").fill("user-11");
  await expect(facets.getByRole("button", { name: /^user-11 5 traces/ })).toBeVisible();
  await expect(facets.getByRole("button", { name: /^user-1 \d/ })).toHaveCount(0);
  await operator.reload();
  await expect(operator.getByLabel("Facets").getByRole("button", { name: "User", exact: true })).toHaveAttribute("aria-expanded", "true");
});

test("a brush on the histogram narrows the time; back and zoom out lead away; the table says the same", async ({ operator }) => {
  await rows(operator, total);
  const chart = operator.getByRole("img", { name: /^Traces over time, \d+ bars/ });
  const box = (await chart.boundingBox())!;
  await expect(chart.locator("canvas")).toBeVisible();
  // The older traces lie about in the middle of the day; the newest at its right end.
  await operator.mouse.move(box.x + box.width * 0.9, box.y + 50);
  await operator.mouse.down();
  await operator.mouse.move(box.x + box.width * 0.95, box.y + 50, { steps: 4 });
  await operator.mouse.move(box.x + box.width - 10, box.y + 50, { steps: 4 });
  await operator.mouse.up();
  await operator.waitForURL(/from=.*to=/);
  await rows(operator, 40);

  await operator.getByRole("button", { name: "Numbers as a table" }).click();
  const table = operator.getByRole("region", { name: "Traces over time" }).getByRole("table");
  const counts = await table.locator("tbody tr td:nth-child(2)").allInnerTexts();
  expect(counts.reduce((sum, n) => sum + Number(n.replace(",", "")), 0)).toBe(40);
  const some = table.getByRole("row").filter({ hasNot: operator.locator("td:nth-child(2)", { hasText: /^0$/ }) }).nth(1);
  const behind = Number(await some.locator("td").nth(1).innerText());
  await some.getByRole("button").click();
  await rows(operator, behind);
  await operator.getByRole("button", { name: "Back", exact: true }).click();
  await rows(operator, 40);
  await operator.getByRole("button", { name: "Back", exact: true }).click();
  await rows(operator, total);
  await operator.getByRole("button", { name: "Zoom out" }).click();
  await operator.waitForURL(/from=.*to=/);
  await rows(operator, total);
});

test("columns are chosen, ordered and made wide; a link carries them", async ({ operator }) => {
  await rows(operator, total);
  const heads = operator.getByRole("columnheader");
  await operator.getByRole("button", { name: "Columns" }).click();
  const menu = operator.getByRole("dialog");
  await menu.getByLabel("Service", { exact: true }).check();
  await menu.getByLabel("Tokens", { exact: true }).uncheck();
  await menu.getByRole("button", { name: "Cost further left" }).click();
  await operator.keyboard.press("Escape");
  await expect(operator.getByRole("columnheader", { name: "Service" })).toBeVisible();
  const titles = await heads.allInnerTexts();
  expect(titles).not.toContain("Tokens");
  expect(titles.indexOf("Cost")).toBeLessThan(titles.indexOf("Duration"));

  const time = operator.getByRole("columnheader", { name: "Time" });
  const before = (await time.boundingBox())!;
  await operator.mouse.move(before.x + before.width - 3, before.y + 10);
  await operator.mouse.down();
  await operator.mouse.move(before.x + before.width + 57, before.y + 10, { steps: 3 });
  await operator.mouse.up();
  await expect.poll(async () => Math.round((await time.boundingBox())!.width)).toBe(Math.round(before.width) + 60);

  await operator.reload();
  await expect(operator.getByRole("columnheader", { name: "Service" })).toBeVisible();
  await operator.evaluate(() => { // what the page copies, without the browser's leave to read the clipboard
    navigator.clipboard.writeText = async (text) => { (window as { copied?: string }).copied = text; };
  });
  await operator.getByRole("button", { name: "Views" }).click();
  await operator.getByRole("menuitem", { name: /Copy a link/ }).click();
  const copied = await operator.evaluate(() => (window as { copied?: string }).copied!);
  await operator.evaluate(() => localStorage.clear()); // as somebody else
  await operator.goto(copied);
  await expect(operator.getByRole("columnheader", { name: "Service" })).toBeVisible();
  await expect(operator.getByRole("columnheader", { name: "Tokens" })).toHaveCount(0);
});

test("views: starters, saving, changing, opening by a bare link, removing", async ({ operator, server }) => {
  await rows(operator, total);
  const views = operator.getByRole("button", { name: /^(Views|Errors|Failures)/ });
  await views.click();
  await operator.getByRole("menuitem", { name: "Errors" }).click();
  await expect(filterOf(operator)).toHaveValue("trace.outcome:error");
  await rows(operator, 12);

  await filterOf(operator).fill("status:error env:production");
  await operator.keyboard.press("Enter");
  await expect(views).toHaveText("Errors (changed)");
  await views.click();
  await operator.getByRole("menuitem", { name: "Save as a new view …" }).click();
  await operator.getByRole("dialog").getByLabel("Name").fill("Failures");
  await operator.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await expect(views).toHaveText("Failures");
  const id = new URL(operator.url()).searchParams.get("view");

  await operator.getByRole("button", { name: "Duration" }).click();
  await expect(views).toHaveText("Failures (changed)");
  await views.click();
  await operator.getByRole("menuitem", { name: /Save the change/ }).click();
  await expect(views).toHaveText("Failures");

  await operator.goto(`${server.url}/traces?view=${id}`);
  await expect(filterOf(operator)).toHaveValue("status:error env:production");
  await expect(operator.getByRole("columnheader", { name: "Duration" })).toHaveAttribute("aria-sort", "descending");
  await views.click();
  await operator.getByRole("menuitem", { name: /Remove/ }).click();
  await expect(operator.getByRole("button", { name: "Views", exact: true })).toBeVisible();
  await operator.goto(`${server.url}/traces?view=unpriced`);
  await expect(filterOf(operator)).toHaveValue("cost.state:unpriced");
});

test("an empty list says how much there would be without each condition", async ({ operator, server }) => {
  await operator.goto(`${server.url}/traces?env=staging&filter=${encodeURIComponent('name:"answer 1"')}`);
  await expect(operator.getByText("No trace in staging matches the filter in this period")).toBeVisible();
  await expect(operator.getByRole("button", { name: "Drop the filter: 15 traces" })).toBeVisible();
  await expect(operator.getByText("No trace of any time matches.")).toBeVisible();
  await operator.getByRole("button", { name: "production: 1 trace", exact: true }).click();
  await rows(operator, 1);

  await operator.goto(`${server.url}/traces?filter=name%3Aelsewhere`);
  await operator.getByRole("button", { name: "Project other: 1 trace" }).click();
  await expect(operator.getByRole("row", { name: /elsewhere/ })).toBeVisible();

  await operator.goto(`${server.url}/traces?from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z`);
  await operator.getByRole("button", { name: `All time: ${total} traces` }).click();
  await rows(operator, total);

  await operator.goto(`${server.url}/sessions?filter=user%3Auser-3&from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z`);
  await expect(operator.getByRole("button", { name: /^All time: \d+ sessions$/ })).toBeVisible();
});

for (const scheme of ["light", "dark"] as const) {
  test(`nothing serious for axe, ${scheme}`, async ({ operator, server }) => {
    await operator.emulateMedia({ colorScheme: scheme });
    await operator.goto(`${server.url}/traces?filter=trace.outcome%3Aerror`);
    await operator.evaluate((s) => localStorage.setItem("mantine-color-scheme-value", s), scheme);
    await operator.reload();
    await rows(operator, 12);
    await operator.getByRole("button", { name: "Numbers as a table" }).click();
    await expect(operator.getByLabel("Facets").getByRole("button", { name: /^error \d/ })).toBeVisible();
    await serious(operator);
    await operator.goto(`${server.url}/traces?filter=name%3Anothing`);
    await expect(operator.getByText("No trace matches the filter in this period")).toBeVisible();
    await serious(operator);
  });
}

async function serious(page: Page) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.filter((v) => v.impact === "serious" || v.impact === "critical").map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join("\n")}`)).toEqual([]);
}

test("live draws what comes, and at 1,000 spans a second says that it samples and stays quick", async ({ operator, server }) => {
  await operator.getByLabel("Live").check();
  await expect(operator.getByText(/^Live · /)).toBeVisible();
  await operator.evaluate(() => { // the longest time in which the page could not answer
    const w = window as { gap?: number };
    w.gap = 0;
    let last = performance.now();
    setInterval(() => {
      const now = performance.now();
      w.gap = Math.max(w.gap ?? 0, now - last - 50);
      last = now;
    }, 50);
  });
  const seconds = 6;
  const begun = Date.now();
  const answers: Promise<Response>[] = [];
  for (let k = 0; k < seconds * 10; k++) {
    const wait = begun + k * 100 - Date.now();
    if (wait > 0) await new Promise((wake) => setTimeout(wake, wait)); // the pace of the flood, not a wait for something
    const start = Date.now();
    const at = 100_000 + k * 100;
    answers.push(send(server.url, server.key, {
      id: hex(at, 32), start,
      spans: Array.from({ length: 100 }, (_, i) => ({ id: hex((at + i) * 16, 16), parent: i === 0 ? undefined : hex(at * 16, 16), name: i === 0 ? `flood ${k}` : "step", at: i, ms: 1 })),
    }));
    if (k === seconds * 5) await expect(operator.getByText(/a sample is drawn: the newest \d+ traces, every 1 s/)).toBeVisible();
  }
  for (const answer of await Promise.all(answers)) expect(answer.status).toBe(200);
  await expect(operator.getByRole("row", { name: `flood ${seconds * 10 - 1}` })).toBeVisible();
  expect(await operator.evaluate(() => (window as { gap?: number }).gap!)).toBeLessThan(1000);
});
