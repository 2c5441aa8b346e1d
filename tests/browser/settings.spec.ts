import { expect, test } from "./fixtures";
import { send } from "./otlp";

const trace = (id: string) => ({ id, start: Date.now(), spans: [{ id: "00000000000000d1", name: "with a key", at: 0, ms: 1 }] });

test("a key is shown once, works, and stops working when it is revoked", async ({ operator, server }) => {
  await operator.getByRole("link", { name: "Keys", exact: true }).click();
  await operator.getByRole("button", { name: "Create key" }).click();
  const dialog = operator.getByRole("dialog");
  await dialog.getByLabel("Name").fill("support-bot");
  await expect(dialog.getByLabel("ingest")).toBeChecked();
  await dialog.getByRole("button", { name: "Create", exact: true }).click();
  const secret = await dialog.locator("pre").first().innerText();
  expect(secret).toMatch(/^stw_/);
  await expect(dialog.locator("pre").nth(1)).toContainText(`OTEL_EXPORTER_OTLP_HEADERS=Authorization=Bearer%20${secret}`);
  await dialog.getByRole("button", { name: "Done" }).click();
  await expect(operator.getByText(secret)).toHaveCount(0);

  expect((await send(server.url, secret, trace("4af7651916cd43dd8448eb211c80319c"))).status).toBe(200);

  await operator.getByRole("button", { name: "Revoke support-bot" }).click();
  const confirm = operator.getByRole("dialog");
  await confirm.getByRole("button", { name: "Cancel" }).click();
  await operator.getByRole("button", { name: "Revoke support-bot" }).click();
  await confirm.getByRole("button", { name: "Revoke", exact: true }).click();
  await expect(operator.getByRole("row", { name: /support-bot/ })).toContainText("revoked");

  expect((await send(server.url, secret, trace("5af7651916cd43dd8448eb211c80319c"))).status).toBe(401);
});

test("an invited viewer sees traces and no keys to make", async ({ operator, browser }) => {
  await operator.getByRole("link", { name: "Sign-ins", exact: true }).click();
  await expect(operator.getByText("this browser")).toBeVisible();
  await operator.getByRole("button", { name: "Invite" }).click();
  const dialog = operator.getByRole("dialog");
  await dialog.getByLabel("Name").fill("Vera");
  await dialog.getByLabel("Role").selectOption("viewer");
  await dialog.getByRole("button", { name: "Make a link" }).click();
  const link = await dialog.locator("pre").innerText();

  const viewer = await (await browser.newContext()).newPage();
  await viewer.goto(link);
  await viewer.waitForURL(/\/(start|traces)?$/);
  await viewer.goto(new URL("/settings/keys", link).href);
  await expect(viewer.getByRole("button", { name: "Create key" })).toHaveCount(0);
});

test("a new project can be chosen, and says how to send its first trace", async ({ operator, server }) => {
  await operator.getByRole("link", { name: "Projects", exact: true }).click();
  await operator.getByRole("button", { name: "Create project" }).click();
  const dialog = operator.getByRole("dialog");
  await dialog.getByLabel("Id").fill("Not Allowed");
  await expect(dialog.getByRole("button", { name: "Create", exact: true })).toBeDisabled();
  await dialog.getByLabel("Id").fill("second");
  await dialog.getByRole("button", { name: "Create", exact: true }).click();
  await expect(dialog).toHaveCount(0);
  await operator.getByLabel("Project", { exact: true }).selectOption("second");
  await operator.getByRole("link", { name: "Traces", exact: true }).click();
  await operator.waitForURL("**/traces?project=second");
  await expect(operator.getByText("The project second has no traces yet", { exact: false })).toBeVisible();
  await operator.getByRole("link", { name: "Send the first trace" }).click();
  await operator.waitForURL("**/start?project=second");
  await expect(operator.getByText(`OTEL_EXPORTER_OTLP_ENDPOINT=${server.url}/otlp`)).toBeVisible();
});
