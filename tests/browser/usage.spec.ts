import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { twoDays } from "./days";
import { expect, test } from "./fixtures";
import { follow } from "./follow";

const project = "two-days-of-usage";
test.beforeAll(({ server }) => twoDays(server, project));

const serious = (v: { impact?: string | null }) => v.impact === "serious" || v.impact === "critical";
const sum = (page: Page, title: string) => page.locator("dl > div").filter({ has: page.locator("dt", { hasText: new RegExp(`^${title}$`) }) });
const table = (page: Page, by = "model") => page.getByRole("table", { name: `Usage by ${by}` });
const line = (page: Page, name: string, by = "model") => table(page, by).getByRole("row").filter({ has: page.getByRole("rowheader", { name, exact: true }) });

test("what a day took, and what of it went wrong", async ({ operator, server }) => {
  await operator.goto(`${server.url}/usage?project=${project}`);
  // 65 × (1000 × 0.15 + 100 × 0.60), 17 × 100 × 10.00, 15 × (600 × 2.50 + 400 × 1.25) and 2 × 1000 × 2.50 for a million tokens
  await expect(sum(operator, "Cost")).toContainText("$0.0657");
  await expect(sum(operator, "Cost")).toContainText("4 unpriced calls");
  await expect(sum(operator, "Calls")).toContainText("86");
  await expect(sum(operator, "Input tokens")).toContainText("86,000");
  await expect(sum(operator, "Input tokens")).toContainText("7.0% from the cache, 80,000 fresh");
  await expect(sum(operator, "Per session")).toContainText("86 sessions");
  await expect(sum(operator, "Per good session")).toContainText("59 went well, 27 did not");
  await expect(sum(operator, "Failed calls")).toContainText("2cost $0.0070");
  await expect(line(operator, "gpt-4o")).toContainText("79.2%");
  await expect(line(operator, "house-model")).toContainText("Set a price");
  await expect(operator.getByRole("img", { name: /^Cost over time, by model: gpt-4o/ })).toBeVisible();
});

test("every number leads to as many rows as it says, by whatever it is split", async ({ operator, server }) => {
  test.setTimeout(300_000);
  for (const by of ["model", "user"]) {
    await operator.goto(`${server.url}/usage?project=${project}&by=${by}`);
    await expect(table(operator, by)).toBeVisible();
    expect(await follow(operator, operator.getByRole("main"))).toBeGreaterThan(15);
  }
});

test("splits, order, charts and numbers as a table are in the address", async ({ operator, server }) => {
  await operator.goto(`${server.url}/usage?project=${project}`);
  await expect(table(operator).getByRole("rowheader").first()).toHaveText("gpt-4o");
  await table(operator).getByRole("button", { name: "Calls" }).click();
  await operator.waitForURL(/order=-calls/);
  await expect(table(operator).getByRole("rowheader").first()).toHaveText("gpt-4o-mini");
  await expect(table(operator).getByRole("columnheader", { name: "Calls", exact: true })).toHaveAttribute("aria-sort", "descending");
  for (const [label, by, name] of [["By user", "user", "user-1"], ["By release", "release", "2.0"], ["By environment", "environment", "production"], ["By provider", "provider", "openai"], ["By agent", "agent", "claims"], ["By tag", "tag", "not named"]] as const) {
    await operator.getByText(label, { exact: true }).click();
    await expect(line(operator, name, by)).toBeVisible();
  }
  await operator.getByText("Latency", { exact: true }).click();
  await operator.waitForURL(/chart=latency/);
  await operator.reload();
  await expect(operator.getByRole("img", { name: /^Latency over time: p50, p95/ })).toBeVisible();
  await operator.getByRole("button", { name: "Numbers as a table" }).click();
  const numbers = operator.getByRole("region", { name: "Latency over time" });
  await numbers.getByRole("row").filter({ hasText: "1.1 s" }).first().getByRole("button").click();
  await operator.waitForURL(/from=.*to=/);
  await expect(sum(operator, "Calls")).toContainText("86");
});

test("an unpriced model gets a price, and its calls a cost", async ({ operator, server }) => {
  await operator.goto(`${server.url}/usage?project=${project}`);
  await line(operator, "house-model").getByRole("button", { name: "Set a price for house-model" }).click();
  const dialog = operator.getByRole("dialog", { name: "Set a price" });
  await expect(dialog.getByLabel("Model")).toHaveValue("house-model");
  expect((await new AxeBuilder({ page: operator }).analyze()).violations.filter(serious)).toEqual([]);
  await dialog.getByLabel("Input, per million tokens").fill("1");
  await dialog.getByLabel("Output, per million tokens").fill("10");
  await dialog.getByRole("button", { name: "Set the price" }).click();
  await expect(dialog.getByRole("status")).toContainText("house-model has a price");
  await dialog.getByRole("button", { name: "Done" }).click();
  await expect(async () => {
    await operator.reload();
    await expect(line(operator, "house-model")).toContainText("$0.0080", { timeout: 3000 });
  }).toPass();
  await expect(sum(operator, "Cost")).toContainText("every call is priced");
});

for (const scheme of ["light", "dark"] as const) {
  test(`nothing serious for axe, ${scheme}`, async ({ operator, server }) => {
    await operator.emulateMedia({ colorScheme: scheme });
    await operator.goto(`${server.url}/usage?project=${project}`);
    await expect(line(operator, "gpt-4o")).toBeVisible();
    await expect(operator.getByRole("img", { name: /^Cost over time/ }).locator("canvas")).toBeVisible();
    const { violations } = await new AxeBuilder({ page: operator }).analyze();
    expect(violations.filter(serious)).toEqual([]);
  });
}
