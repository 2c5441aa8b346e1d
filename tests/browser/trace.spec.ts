import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { freshProject } from "./days";
import { expect, test } from "./fixtures";
import { send } from "./otlp";
import { at, claim, cutAnswer, notFound } from "./story";

const newest = "e2af7651916cd43dd8448eb211c80319";
const older = "e1af7651916cd43dd8448eb211c80319";
const bare = "e0af7651916cd43dd8448eb211c80319";
const project = "a-claim-gone-wrong";

test.beforeAll(async ({ server }) => {
  const key = await freshProject(server, project);
  const now = Date.now();
  const silent = {
    id: bare, start: now - 300_000, spans: [{
      id: "00000000000000b1", name: "chat gpt-4o", at: 0, ms: 900,
      attributes: { "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o", "gen_ai.usage.input_tokens": 10, "gen_ai.usage.output_tokens": 2 },
    }],
  };
  for (const trace of [claim(newest, now - 60_000), claim(older, now - 120_000), silent]) {
    expect((await send(server.url, key, trace)).status).toBe(200);
  }
});

const selected = (page: Page) => page.locator('[role=treeitem][aria-selected="true"]');
const detail = (page: Page) => page.getByRole("tabpanel");
const press = async (page: Page, keys: string) => {
  for (const key of keys.split(" ")) await page.keyboard.press(key);
};

test("from the list to the cause, by keyboard alone", async ({ operator, server, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await operator.goto(`${server.url}/traces?project=${project}&filter=user%3Afreya`);
  await expect(operator.getByRole("row", { name: /claims-agent/ })).toHaveCount(2);
  await press(operator, "j Enter");
  await operator.waitForURL(`**/traces/${newest}?*list=1*`);

  // It opens where the trouble began, deep inside, with the way there unfolded.
  await expect(selected(operator)).toContainText("nothing found");
  await expect(operator.getByRole("treeitem", { name: /policy-agent/ })).toHaveAttribute("aria-expanded", "true");
  await expect(operator.getByText("1 of 2", { exact: true })).toBeVisible();
  await expect(operator.getByRole("banner").or(operator.locator("header")).getByText("Error", { exact: true }).first()).toBeVisible();

  // The same call again and again is one row; so is what stands between.
  const loop = operator.getByRole("treeitem", { name: /execute_tool look_up_policy/ });
  await expect(loop).toHaveCount(1);
  await expect(loop).toContainText("×4");
  await press(operator, "n");
  await expect(selected(operator)).toContainText("tool error");
  await expect(detail(operator).getByText(notFound)).toBeVisible();
  await press(operator, "l");
  await expect(loop).toHaveCount(4);
  await press(operator, "h");
  await expect(loop).toHaveCount(1);

  // A folded parent says what is wrong below it.
  await press(operator, "h h");
  const helper = operator.getByRole("treeitem", { name: /policy-agent/ });
  await expect(helper).toHaveAttribute("aria-expanded", "false");
  await expect(helper.getByRole("img", { name: "6 spans with a problem below, folded" })).toBeVisible();

  // Problems go on to the last one, and round.
  await press(operator, "n n");
  await expect(operator.getByText("problem 2 of 5")).toBeVisible();
  await press(operator, "p");
  await expect(selected(operator)).toContainText("nothing found");
  await press(operator, "p");
  await expect(selected(operator)).toContainText("claims-agent");
  await press(operator, "p");
  await expect(selected(operator)).toContainText("draft_letter");
  await expect(operator.getByText("payout is missing").first()).toBeVisible();

  // Find, in what was said.
  await press(operator, "/");
  await operator.keyboard.type("lightning");
  await expect(selected(operator)).toContainText("retrieval storm");
  await expect(detail(operator).getByText("score 0.83")).toBeVisible();
  await operator.keyboard.press("Control+a");
  await operator.keyboard.type("many times");
  await expect(selected(operator)).toContainText("cut");
  await press(operator, "Escape");

  // The three views keep the selection.
  await press(operator, "2");
  await expect(operator.locator("[aria-current]").getByText(cutAnswer)).toBeVisible();
  await expect(operator.getByRole("feed").getByText("×4")).toBeVisible();
  await press(operator, "3");
  await expect(operator.getByRole("button", { name: /gpt-4o-2024-08-06/ })).toHaveAttribute("aria-pressed", "true");
  await press(operator, "1");
  await expect(selected(operator)).toContainText("cut");

  // What is copied leads to what was seen.
  await press(operator, "2 c");
  await expect(operator.getByText("Link copied")).toBeVisible();
  const link = await operator.evaluate(() => navigator.clipboard.readText());
  const other = await context.newPage();
  await other.goto(link);
  await expect(other.locator("[aria-current]").getByText(cutAnswer)).toBeVisible();
  await other.close();

  // The list that it came from goes along.
  await press(operator, "1 ]");
  await operator.waitForURL(`**/traces/${older}?*filter=user%3Afreya*`);
  await expect(operator.getByText("2 of 2", { exact: true })).toBeVisible();
  await press(operator, "[");
  await operator.waitForURL(`**/traces/${newest}?*`);

  await press(operator, "?");
  await expect(operator.getByRole("dialog")).toContainText("Next problem");
  await press(operator, "n");
  await press(operator, "Escape");
  await expect(operator.getByRole("dialog")).toHaveCount(0);
  await expect(selected(operator)).toContainText("nothing found"); // keys rested below the dialog
});

test("a model call shows what is new, the changed prompt, its tools and how full its context was", async ({ operator, server }) => {
  const lastAsk = (Number.parseInt(at.lastTry, 16) - 1).toString(16).padStart(16, "0");
  await operator.goto(`${server.url}/traces/${newest}?project=${project}&span=${lastAsk}`);
  const panel = detail(operator);
  await expect(panel.getByRole("heading", { name: "System prompt changed" })).toBeVisible();
  await expect(panel.locator("del").first()).toHaveText("two");
  await expect(panel.locator("ins").first()).toHaveText("one");
  await expect(panel.getByText(/Call 4 of 5 of policy-agent/)).toContainText("whose 6 messages it repeats");
  await expect(panel.getByRole("article")).toHaveCount(2); // the last result, and the answer
  await operator.keyboard.press("m");
  await operator.waitForURL("**all=1**");
  await expect(panel.getByRole("article")).toHaveCount(8);
  await expect(panel.getByText("Offered, 3")).toBeVisible();
  await expect(panel.locator("summary", { hasText: "look_up_policy" })).toContainText("called");
  await operator.goto(`${server.url}/traces/${newest}?project=${project}&span=${at.cut}`);
  await expect(operator.getByText("94% of 128,000")).toBeVisible();
  await expect(operator.getByText("context full").first()).toBeVisible();
  await expect(operator.getByText("20 ms", { exact: true })).toBeVisible(); // to the first token
  await operator.goto(`${server.url}/traces/${newest}?project=${project}&span=${at.helper}`);
  await expect(panel.getByRole("row", { name: /Model calls/ })).toContainText("5");
});

test("a call without messages says why, and what to set", async ({ operator, server }) => {
  await operator.goto(`${server.url}/traces/${bare}?project=${project}`);
  await expect(operator.getByRole("heading", { name: "No messages" })).toBeVisible();
  await expect(operator.getByText("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true")).toBeVisible();
  await operator.keyboard.press("2");
  await expect(operator.getByRole("heading", { name: "No messages" })).toHaveCount(2);
});

test("the header says which turn it is, and a session's turns are its neighbours", async ({ operator, server }) => {
  await operator.goto(`${server.url}/traces/${older}?project=${project}`);
  await expect(operator.getByRole("link", { name: "1 of 2 in claim-2240" })).toBeVisible();
  await operator.keyboard.press("]");
  await operator.waitForURL(`**/traces/${newest}?*`);
  await expect(operator.getByRole("link", { name: "2 of 2 in claim-2240" })).toBeVisible();
  await operator.getByRole("link", { name: "production" }).click();
  await operator.waitForURL("**/traces?*filter=env%3Aproduction*");
});

test("a time can be looked at closely, and the link keeps it", async ({ operator, server }) => {
  await operator.goto(`${server.url}/traces/${newest}?project=${project}&span=${at.helper}`);
  await expect(selected(operator)).toContainText("policy-agent");
  await operator.keyboard.press("z");
  await operator.waitForURL(`**zoom=${at.helper}**`);
  await operator.keyboard.press("h");
  await expect(operator.getByRole("treeitem")).toHaveCount(6);
  await operator.waitForURL(`**folds=**`);
  await operator.reload();
  await expect(operator.getByRole("treeitem")).toHaveCount(6); // folds too are in the link
  await operator.getByRole("button", { name: "Show all of the time" }).click();
  await expect(operator.getByText("2.0 s", { exact: true })).toBeVisible();
});

for (const scheme of ["light", "dark"] as const) {
  test(`nothing stands in the way of assistive technology, and nothing overflows: ${scheme}`, async ({ operator, server }) => {
    test.slow(); // axe reads the whole page four times
    const overflow = () => operator.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    await operator.emulateMedia({ colorScheme: scheme });
    for (const view of ["waterfall", "conversation", "graph"]) {
      await operator.goto(`${server.url}/traces/${newest}?project=${project}&view=${view}&span=${at.lastTry}`);
      await expect(detail(operator).getByText(notFound)).toBeVisible();
      if (view === "graph") await expect(operator.getByRole("button", { name: /look_up_policy/ })).toBeVisible();
      expect(await overflow(), `${view}, 1280`).toBeLessThanOrEqual(0);
      expect(await serious(operator), `${view}, ${scheme}`).toEqual([]);
      await operator.setViewportSize({ width: 1920, height: 1080 });
      expect(await overflow(), `${view}, 1920`).toBeLessThanOrEqual(0);
      await operator.setViewportSize({ width: 1280, height: 800 });
    }
    await operator.goto(`${server.url}/traces/${newest}?project=${project}&span=${at.cut}`);
    await expect(detail(operator).getByText(cutAnswer)).toBeVisible();
    expect(await serious(operator), `model call, ${scheme}`).toEqual([]);
  });
}

async function serious(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations
    .filter((v) => v.impact === "serious" || v.impact === "critical")
    .map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(" | ").slice(0, 600)}`);
}
