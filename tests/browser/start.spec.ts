import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "./fixtures";
import { send } from "./otlp";
import type { Server } from "./server";

const hello = (id: string, name = "hello") => ({ id, start: Date.now(), spans: [{ id: "00000000000000e1", name, at: 0, ms: 5 }] });

/** Makes a project that nobody sends to yet, and goes to its home. */
async function freshProject(page: Page, server: Server, id: string): Promise<void> {
  const made = await fetch(`${server.url}/api/v1/projects`, {
    method: "POST", headers: { "content-type": "application/json", authorization: `Bearer ${server.key}` }, body: JSON.stringify({ id }),
  });
  expect(made.status).toBe(201);
  await page.goto(`${server.url}/?project=${id}`);
  await page.waitForURL(`**/start?project=${id}`);
}

const makeKey = (page: Page) => page.getByRole("button", { name: "Make a key" }).click();
const snippet = (page: Page) => page.locator("pre").last().innerText();

test("what is pasted brings the first trace, which opens by itself", async ({ operator, server }) => {
  await freshProject(operator, server, "fresh");
  await expect(operator.getByRole("heading", { name: "Send your first trace" })).toBeVisible();
  await operator.getByRole("radiogroup", { name: "Language" }).getByText("curl", { exact: true }).click();
  await operator.waitForURL("**language=curl**");
  await expect(operator.locator("pre")).toContainText("YOUR_KEY");
  await makeKey(operator);
  const key = await operator.getByText(/^stw_/).innerText();
  await expect(operator.locator("pre")).toContainText(key);
  await expect(operator.getByText("It opens by itself")).toBeVisible();

  await promisify(execFile)("bash", ["-euo", "pipefail", "-c", await snippet(operator)]);
  await operator.waitForURL(/\/traces\/[0-9a-f]{32}\?project=fresh/);
  await expect(operator.getByRole("treeitem", { name: /chat gpt-5-mini/ })).toBeVisible();

  // The key is still there for the next paste, until the page is loaded anew.
  await operator.goBack();
  await expect(operator.getByText(key, { exact: true })).toBeVisible();
  await expect(operator.getByRole("heading", { name: "Send your own" })).toBeVisible();
  await operator.reload();
  await expect(operator.getByRole("button", { name: "Make a key" })).toBeVisible();
  await operator.goto(`${server.url}/?project=fresh`, { waitUntil: "networkidle" });
  expect(new URL(operator.url()).pathname).not.toBe("/start"); // home is another page from now on
});

test("a client that is refused shows with what mends it", async ({ operator, server }) => {
  await freshProject(operator, server, "troubled");
  const side = operator.getByRole("complementary", { name: "What comes in" });
  expect((await send(server.url, "stw_wrong", hello("5bf7651916cd43dd8448eb211c80319a"))).status).toBe(401);
  await expect(side.getByText("A client came with a wrong key").first()).toBeVisible();
  await expect(side.getByText("OTEL_EXPORTER_OTLP_HEADERS=x-api-key=KEY", { exact: true }).first()).toBeVisible();
  await side.getByRole("link", { name: "All arrivals of the last hour" }).click();
  await operator.waitForURL("**/settings/arrivals?project=troubled");
});

test("where there are traces already the next one is offered", async ({ operator, server }) => {
  expect((await send(server.url, server.key, hello("5cf7651916cd43dd8448eb211c80319a"))).status).toBe(200);
  await operator.getByRole("link", { name: "Send your own" }).click();
  await operator.waitForURL("**/start");
  await expect(operator.getByText("It is offered here")).toBeVisible();
  expect((await send(server.url, server.key, hello("5df7651916cd43dd8448eb211c80319a", "the next"))).status).toBe(200);
  await expect(operator.getByRole("status")).toContainText("the next of support-bot");
  await operator.getByRole("link", { name: "Open the trace" }).click();
  await operator.waitForURL("**/traces/5df7651916cd43dd8448eb211c80319a");
});

test("the choice is in the address, and keys choose", async ({ operator, server }) => {
  await operator.goto(`${server.url}/start`);
  const language = operator.getByRole("radiogroup", { name: "Language" });
  await language.getByRole("radio", { name: "Python" }).focus();
  await operator.keyboard.press("ArrowRight");
  await operator.waitForURL("**/start?language=typescript");
  await operator.getByRole("radiogroup", { name: "With" }).getByText("Vercel AI").click();
  await operator.waitForURL("**/start?language=typescript&with=vercel-ai");
  await operator.reload();
  await expect(operator.locator("pre").first()).toContainText("npm install ai @ai-sdk/openai @ai-sdk/otel");
  await expect(operator.locator("pre").first()).toContainText(`OTEL_EXPORTER_OTLP_ENDPOINT=${server.url}/otlp`);
  await expect(operator.locator("pre")).toHaveCount(2); // two pastes, never more
});

test("who may not make keys is told whom to ask for what", async ({ server, browser }) => {
  const made = await fetch(`${server.url}/api/v1/login-links`, {
    method: "POST", headers: { "content-type": "application/json", authorization: `Bearer ${server.key}` }, body: JSON.stringify({ role: "viewer", name: "Vera" }),
  });
  const viewer = await (await browser.newContext()).newPage();
  await viewer.goto(((await made.json()) as { url: string }).url);
  await viewer.waitForURL(/\/(start|traces)?$/);
  await viewer.goto(`${server.url}/start`);
  await expect(viewer.getByText("Your role may not make keys")).toBeVisible();
  await expect(viewer.getByRole("button", { name: "Make a key" })).toHaveCount(0);
});

for (const scheme of ["light", "dark"] as const) {
  test(`nothing serious for axe, ${scheme}`, async ({ operator, server }) => {
    await operator.emulateMedia({ colorScheme: scheme });
    await send(server.url, "stw_wrong", hello("5ef7651916cd43dd8448eb211c80319a"));
    await operator.goto(`${server.url}/start`);
    await expect(operator.getByText("A client came with a wrong key").first()).toBeVisible();
    const { violations } = await new AxeBuilder({ page: operator }).analyze();
    expect(violations.filter((v) => v.impact === "serious" || v.impact === "critical")).toEqual([]);
  });
}
