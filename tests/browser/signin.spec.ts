import { expect, test } from "./fixtures";
import { start } from "./server";

test("the printed link signs in at once, and only once", async ({ page, server, browser }) => {
  await page.goto(server.link);
  await page.waitForURL(/\/(start|traces)?$/);
  expect(page.url()).not.toContain("token");
  await expect(page.getByRole("link", { name: "Traces", exact: true })).toBeVisible();

  const other = await (await browser.newContext()).newPage();
  await other.goto(server.link);
  await expect(other.getByRole("alert")).toContainText("used or has run out");
  expect(other.url()).not.toContain("token");
});

test("a page asks for a sign-in and comes back", async ({ page, server }) => {
  await page.goto(`${server.url}/settings/keys`);
  await page.waitForURL("**/signin?next=*");
  await page.getByLabel("Key", { exact: true }).fill(server.key);
  await page.keyboard.press("Enter");
  await page.waitForURL("**/settings/keys");
  await expect(page.getByRole("heading", { name: "Keys" })).toBeVisible();
});

test("next leads nowhere else", async ({ page, server }) => {
  await page.goto(`${server.url}/signin?next=//example.com/`);
  await page.getByLabel("Key", { exact: true }).fill(server.key);
  await page.keyboard.press("Enter");
  await page.waitForURL(new RegExp(`^${server.url}/(start|traces)?$`));
});

test("signing out ends the session", async ({ operator, server }) => {
  await operator.getByRole("button", { name: "Account" }).click();
  await operator.getByRole("menuitem", { name: "Sign out" }).click();
  await operator.waitForURL("**/signin");
  await operator.goto(`${server.url}/traces`);
  await operator.waitForURL("**/signin*");
});

test("dark stays dark, from the first paint on", async ({ operator }) => {
  const scheme = () => operator.locator("html").getAttribute("data-mantine-color-scheme");
  await operator.getByRole("button", { name: "Switch to dark" }).click();
  expect(await scheme()).toBe("dark");
  await operator.reload({ waitUntil: "commit" });
  await expect.poll(scheme).toBe("dark");
  await expect(operator.getByRole("button", { name: "Switch to light" })).toBeVisible();
});

test("the API's paths never answer with a page", async ({ server }) => {
  for (const path of ["/api/v1/nothing", "/v1/nothing", "/otlp/nothing", "/metrics"]) {
    const answer = await fetch(server.url + path);
    expect(answer.status, path).toBe(401);
    expect(await answer.text(), path).not.toContain("<html");
  }
});

// With a server of its own, as it slows the address down for a while.
test("a wrong key is refused in words, and many are slowed down", async ({ browser }) => {
  const server = await start();
  const page = await browser.newPage();
  await page.goto(`${server.url}/signin`);
  const field = page.getByLabel("Key", { exact: true });
  await field.fill("stw_wrong");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("alert")).toContainText("not known");
  for (let i = 0; i < 20; i++) {
    const answer = await fetch(`${server.url}/api/v1/signin`, {
      method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ key: `stw_wrong_${i}` }),
    });
    if (answer.status === 429) break;
  }
  await field.fill("stw_wrong_again");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("alert")).toContainText("Too many failed attempts");
  await expect(page.getByRole("button", { name: /^Wait \d+ s$/ })).toBeDisabled();
  await page.close();
  await server.stop();
});
