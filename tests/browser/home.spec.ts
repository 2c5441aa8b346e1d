import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { freshProject, newKey, twoDays } from "./days";
import { expect, test } from "./fixtures";
import { follow } from "./follow";
import { agentRun, send } from "./otlp";

const project = "two-days";
let began = 0;
test.beforeAll(async ({ server }) => {
  began = await twoDays(server, project);
});

const row = (page: Page, name: string) => page.getByRole("table", { name: "What changed" }).getByRole("row").filter({ has: page.getByRole("rowheader", { name, exact: true }) });

test("it says what changed between two days, with interval and verdict", async ({ operator, server }) => {
  await operator.goto(`${server.url}/?project=${project}`);
  const total = (title: string) => operator.locator("dl > div").filter({ hasText: title });
  await expect(total("Traces")).toContainText("86");
  await expect(total("Traces")).toContainText("before 63");
  await expect(total("Failing")).toContainText("27 31.4%");
  await expect(row(operator, "lookup")).toContainText("25 of 86 sessions");
  await expect(row(operator, "lookup")).toContainText("3 of 63");
  await expect(row(operator, "lookup")).toContainText(/\+24\.\d\+1\d\.\d to \+3\d\.\d/);
  await expect(row(operator, "lookup")).toContainText("Worse");
  await expect(row(operator, "All calls")).toContainText("Worse");
  await expect(row(operator, "claims with gpt-4o")).toContainText("New");
  await expect(row(operator, "the index * is empty")).toContainText("5 traces");
  await expect(row(operator, "2.0")).toContainText("New");
  await expect(row(operator, "house-model").filter({ hasText: "calls" })).toContainText("4 calls");
  await expect(operator.getByText("Nothing fails")).toHaveCount(0);
});

test("every number leads to as many rows as it says", async ({ operator, server }) => {
  test.setTimeout(240_000);
  await operator.goto(`${server.url}/?project=${project}`);
  await expect(row(operator, "lookup")).toBeVisible();
  expect(await follow(operator, operator.getByRole("main"))).toBeGreaterThan(20);
});

test("what was refused leads to who came", async ({ operator, server }) => {
  await send(server.url, await freshProject(server, "refusing"), agentRun("ad".repeat(16), Date.now()));
  const refused = await send(server.url, await newKey(server, "refusing", "read"), agentRun("ae".repeat(16), Date.now()));
  expect(refused.status).toBe(403);
  await operator.goto(`${server.url}/?project=refusing`);
  const number = row(operator, "Requests refused in the last hour").getByRole("link").first();
  const clients = Number(/^Opens (\d+) client/.exec((await number.getAttribute("title")) ?? "")?.[1]);
  await number.click();
  await operator.waitForURL(/\/settings\/arrivals\?.*refused=1/);
  await expect(operator.getByRole("table", { name: "Clients of the last hour" }).getByRole("row").filter({ hasText: "Refused" })).toHaveCount(clients);
});

test("environment and period are the header's, and nothing wrong is one line", async ({ operator, server }) => {
  await operator.goto(`${server.url}/?project=${project}&env=staging`);
  await expect(operator.getByText("No trace came from staging in this period or in the one before")).toBeVisible();
  await operator.getByRole("link", { name: "All environments" }).click();
  await expect(row(operator, "lookup")).toBeVisible();

  const from = new Date(Date.now() - 50 * 3_600_000).toISOString();
  await operator.goto(`${server.url}/?project=${project}&from=${from}&to=${new Date(Date.parse(from) + 1000).toISOString()}`);
  await expect(operator.getByText("No trace came in this period or in the one before")).toBeVisible();
  await operator.getByLabel("Period").selectOption("7d");
  await operator.waitForURL(`${server.url}/?project=${project}&period=7d`);
  await expect(operator.locator("dl > div").filter({ hasText: "Traces" })).toContainText("149");

  // Sixty visits that went well, and before them the three that did not.
  const last = began - 26 * 3_600_000;
  await operator.goto(`${server.url}/?project=${project}&from=${new Date(last - 60_500).toISOString()}&to=${new Date(last).toISOString()}`);
  await expect(operator.getByText("Nothing fails, nothing is new")).toBeVisible();
  await expect(operator.locator("dl > div").filter({ hasText: "Failing" })).toContainText("before 3 100.0%");
});

test("by keyboard, and a failed request can be tried again", async ({ operator, server }) => {
  await operator.goto(`${server.url}/?project=${project}`);
  await expect(row(operator, "lookup")).toBeVisible();
  await operator.keyboard.press("j");
  await operator.keyboard.press("Enter");
  await operator.waitForURL(/\/traces\?.*from=/);
  await expect(operator.getByRole("status").filter({ hasText: "86 traces" })).toBeVisible();

  await operator.route("**/api/v1/home*", (route) => route.fulfill({ status: 500, json: { error: { code: "internal", message: "the store is gone", details: {} } } }));
  await operator.goto(`${server.url}/?project=${project}`);
  await expect(operator.getByRole("alert")).toContainText("the store is gone");
  await operator.unroute("**/api/v1/home*");
  await operator.getByRole("button", { name: "Try again" }).click();
  await expect(row(operator, "lookup")).toBeVisible();
});

for (const scheme of ["light", "dark"] as const) {
  test(`nothing serious for axe, ${scheme}`, async ({ operator, server }) => {
    await operator.emulateMedia({ colorScheme: scheme });
    await operator.goto(`${server.url}/?project=${project}`);
    await expect(row(operator, "lookup")).toBeVisible();
    const { violations } = await new AxeBuilder({ page: operator }).analyze();
    expect(violations.filter((v) => v.impact === "serious" || v.impact === "critical")).toEqual([]);
  });
}
