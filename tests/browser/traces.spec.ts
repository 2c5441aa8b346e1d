import { expect, test } from "./fixtures";
import { agentRun, answer, question, send, type Sent } from "./otlp";

const run = "0af7651916cd43dd8448eb211c80319c";
const plain = "1af7651916cd43dd8448eb211c80319c";
const odd = "2af7651916cd43dd8448eb211c80319c";

test.beforeAll(async ({ server }) => {
  const now = Date.now();
  const sent = [
    agentRun(run, now - 60_000),
    { id: plain, start: now - 120_000, environment: "staging", spans: [{ id: "00000000000000b1", name: "nightly job", at: 0, ms: 12 }] },
    {
      id: odd, start: now - 180_000,
      spans: [
        { id: "00000000000000c1", name: "still going", at: 0, ms: null },
        { id: "00000000000000c2", parent: "00000000000000ff", name: "lost child", at: 5, ms: 2 },
      ],
    },
  ];
  for (const trace of sent) expect((await send(server.url, server.key, trace)).status).toBe(200);
});

test.beforeEach(async ({ operator, server }) => {
  await operator.goto(`${server.url}/traces`);
});

test("the list shows what came in, with units and without invented numbers", async ({ operator }) => {
  const row = operator.getByRole("row", { name: /invoke_agent support/ });
  await expect(row).toContainText("Problem");
  await expect(row).toContainText("3.4 s");
  await expect(row).toContainText("2,468");
  await expect(row).toContainText("$0.00");
  await expect(row).toContainText(answer);
  await expect(row).toContainText("gpt-4o-2024-08-06");
  const quiet = operator.getByRole("row", { name: /nightly job/ });
  await expect(quiet).toContainText("12 ms");
  await expect(quiet).not.toContainText("$");
});

test("a filter lives in the address", async ({ operator, server }) => {
  await expect(operator.getByRole("row", { name: /nightly job/ })).toBeVisible();
  await operator.keyboard.press("/");
  await operator.keyboard.type("status:error");
  await operator.keyboard.press("Enter");
  await operator.waitForURL("**/traces?filter=status%3Aerror");
  await expect(operator.getByText("1 trace", { exact: true })).toBeVisible();
  await expect(operator.getByRole("row", { name: /nightly job/ })).toHaveCount(0);
  await operator.goto(`${server.url}/traces?filter=${encodeURIComponent('"locked" OR name:nightly*')}`);
  await expect(operator.getByLabel("Filter", { exact: true })).toHaveValue('"locked" OR name:nightly*');
});

test("the filter completes from what is stored", async ({ operator }) => {
  await expect(operator.getByRole("row", { name: /nightly job/ })).toBeVisible();
  await operator.getByLabel("Filter", { exact: true }).fill("stat");
  const option = operator.getByRole("option", { name: /^status/ }).first();
  await expect(option).toBeVisible();
  await operator.keyboard.press("ArrowDown");
  await operator.keyboard.press("Enter");
  await expect(operator.getByLabel("Filter", { exact: true })).toHaveValue(/^status/);
});

test("a mistake in the filter is underlined where it is", async ({ operator, server }) => {
  await operator.goto(`${server.url}/traces?env=production&filter=${encodeURIComponent("status:error duration>>2s")}`);
  await expect(operator.getByRole("alert")).toContainText(/^Column \d+: /);
  const marked = operator.getByTestId("filter-mark").locator("span");
  await expect(marked).not.toHaveText("");
  const column = Number(/^Column (\d+)/.exec(await operator.getByRole("alert").innerText())?.[1]);
  expect(column).toBeGreaterThanOrEqual("status:error ".length);
});

test("an empty list says why and offers a way out", async ({ operator, server }) => {
  await operator.goto(`${server.url}/traces?filter=name%3Anightly*&from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z`);
  await expect(operator.getByText("No trace matches the filter in this period")).toBeVisible();
  await operator.getByRole("button", { name: "Show the newest match" }).click();
  await expect(operator.getByRole("row", { name: /nightly job/ })).toBeVisible();
});

test("the environment narrows the list and can be left again", async ({ operator }) => {
  await operator.getByLabel("Environment").selectOption("staging");
  await operator.waitForURL("**/traces?env=staging");
  await expect(operator.getByText("1 trace", { exact: true })).toBeVisible();
  await operator.getByLabel("Environment").selectOption("");
  await operator.waitForURL(/\/traces$/);
  await expect(operator.getByRole("row", { name: /invoke_agent support/ })).toBeVisible();
});

test("the period goes along from page to page", async ({ operator }) => {
  await operator.getByLabel("Period").selectOption("7d");
  await operator.waitForURL("**/traces?period=7d");
  await operator.getByRole("link", { name: "Sessions", exact: true }).click();
  await operator.waitForURL("**/sessions?period=7d");
});

test("headers sort", async ({ operator }) => {
  await operator.getByRole("button", { name: "Duration" }).click();
  await operator.waitForURL("**/traces?sort=-duration");
  await expect(operator.getByRole("columnheader", { name: "Duration" })).toHaveAttribute("aria-sort", "descending");
  await expect(operator.getByRole("row").nth(1)).toContainText("invoke_agent support");
});

test("the keyboard opens a trace and walks its tree", async ({ operator, server }) => {
  await operator.goto(`${server.url}/traces?filter=user%3Aann`);
  await expect(operator.getByRole("row", { name: /invoke_agent support/ })).toBeVisible();
  await operator.keyboard.press("j");
  await operator.keyboard.press("Enter");
  await operator.waitForURL(`**/traces/${run}*`);
  const items = operator.getByRole("treeitem");
  await expect(items).toHaveCount(4);
  const selected = operator.locator('[role=treeitem][aria-selected="true"]');
  await expect(selected).toContainText("refund_order"); // which failed

  await operator.keyboard.press("k");
  await expect(selected).toContainText("chat gpt-4o");
  await operator.waitForURL("**span=00000000000000a2");
  await expect(operator.getByText(question)).toBeVisible(); // as text, markup and all
  await expect(operator.getByText("refund_order").first()).toBeVisible();

  await operator.keyboard.press("h"); // to the parent
  await operator.keyboard.press("h"); // which folds
  await expect(items).toHaveCount(1);
  await expect(items).toContainText("+3");
  await operator.keyboard.press("l");
  await expect(items).toHaveCount(4);
});

test("a span is a link, and so is what is shown of it", async ({ operator, server }) => {
  await operator.goto(`${server.url}/traces/${run}?span=00000000000000a3`);
  await expect(operator.getByText("order 4411 is locked").last()).toBeVisible();
  await expect(operator.getByText('"order": "4411"')).toBeVisible();
  await operator.getByRole("tab", { name: /Attributes/ }).click();
  await operator.waitForURL("**tab=attributes");
  await operator.reload();
  await operator.getByLabel("Search attributes").fill("call.id");
  await expect(operator.getByRole("cell", { name: "call_1" })).toBeVisible();
  await expect(operator.getByRole("rowheader")).toHaveCount(1);
});

test("unfinished traces and orphans are visible", async ({ operator, server }) => {
  await expect(operator.getByRole("row", { name: /still going/ })).toContainText("Running");
  await operator.goto(`${server.url}/traces/${odd}`);
  await expect(operator.getByText("1 span names a parent that never came.")).toBeVisible();
  await expect(operator.getByRole("treeitem", { name: /lost child/ })).toContainText("orphan");
  await expect(operator.getByRole("treeitem", { name: /still going/ })).toContainText("running");
});

test("a trace that is not there says so", async ({ operator, server }) => {
  await operator.goto(`${server.url}/traces/ffffffffffffffffffffffffffffffff`);
  await expect(operator.getByText("Not found")).toBeVisible();
});

test("a session shows its turns and leads to the trace", async ({ operator }) => {
  await operator.getByRole("link", { name: "Sessions", exact: true }).click();
  await operator.getByRole("link", { name: "conversation-7" }).click();
  await expect(operator.getByRole("heading", { name: "conversation-7" })).toBeVisible();
  await expect(operator.getByText(answer)).toBeVisible();
  await operator.getByRole("link", { name: "invoke_agent support" }).click();
  await operator.waitForURL(`**/traces/${run}`);
});

test("a trace of 5,000 spans keeps only what is in sight in the document", async ({ operator, server }) => {
  const spans: Sent[] = Array.from({ length: 5000 }, (_, i) => ({
    id: (i + 1).toString(16).padStart(16, "0"),
    parent: i === 0 ? undefined : Math.ceil(i / 3).toString(16).padStart(16, "0"),
    name: `step ${i}`, at: i, ms: 5,
  }));
  const id = "3af7651916cd43dd8448eb211c80319c";
  expect((await send(server.url, server.key, { id, start: Date.now() - 240_000, spans })).status).toBe(200);
  await operator.goto(`${server.url}/traces/${id}`);
  await expect(operator.getByText("5,000 spans over", { exact: false })).toBeVisible();
  expect(await operator.getByRole("treeitem").count()).toBeLessThan(100);
  await operator.keyboard.press("End");
  const selected = operator.locator('[role=treeitem][aria-selected="true"]');
  await expect(selected).toBeInViewport();
  expect(await operator.getByRole("treeitem").count()).toBeLessThan(100);
});

test("live shows what comes in while one looks", async ({ operator, server }) => {
  await operator.getByLabel("Live").check();
  await operator.waitForURL("**/traces?live=1");
  await expect(operator.getByRole("row", { name: /nightly job/ })).toBeVisible();
  const late = { id: "6af7651916cd43dd8448eb211c80319c", start: Date.now(), spans: [{ id: "00000000000000e1", name: "just now", at: 0, ms: 1 }] };
  expect((await send(server.url, server.key, late)).status).toBe(200);
  await expect(operator.getByRole("row", { name: /just now/ })).toBeVisible();
});
