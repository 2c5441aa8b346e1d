import AxeBuilder from "@axe-core/playwright";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { BasicTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";
import type { Page } from "@playwright/test";
import { expect, test } from "./fixtures";
import type { Server } from "./server";

/** Sends one span with the real SDK. What becomes of it is the server's to say: the SDK keeps quiet. */
async function sdk(url: string, key: string | undefined, attributes: Record<string, string | number> = {}): Promise<void> {
  const exporter = new OTLPTraceExporter({ url, headers: key === undefined ? {} : { "x-api-key": key }, timeoutMillis: 3000 });
  const provider = new BasicTracerProvider({ spanProcessors: [new BatchSpanProcessor(exporter)] });
  provider.getTracer("arrivals-test").startSpan("chat gpt-4o", { attributes }).end();
  await provider.shutdown().catch(() => undefined);
}

async function newKey(server: Server, scope: string): Promise<string> {
  const made = await fetch(`${server.url}/api/v1/keys`, {
    method: "POST", headers: { "content-type": "application/json", authorization: `Bearer ${server.key}` },
    body: JSON.stringify({ name: `${scope}-only`, scopes: [scope] }),
  });
  return ((await made.json()) as { key: string }).key;
}

const table = (page: Page) => page.getByRole("table", { name: "Clients of the last hour" });
const open = (page: Page, server: Server, query = "") => page.goto(`${server.url}/settings/arrivals${query}`);

test("nobody came: where to send to, and the way to getting started", async ({ operator, server }) => {
  await fetch(`${server.url}/api/v1/projects`, {
    method: "POST", headers: { "content-type": "application/json", authorization: `Bearer ${server.key}` }, body: JSON.stringify({ id: "quiet" }),
  });
  await operator.route("**/api/v1/arrivals", async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, json: { ...(await answer.json()), items: [] } }); // other tests' clients are no part of this
  });
  await open(operator, server, "?project=quiet");
  await expect(operator.getByText("Nobody tried to send in the last hour")).toBeVisible();
  await expect(operator.getByText(`${server.url}/otlp`)).toBeVisible();
  await operator.getByRole("link", { name: "Getting started" }).click();
  await operator.waitForURL("**/start?project=quiet");
});

test("each mistake of a client shows with its fix, while one looks", async ({ operator, server }) => {
  const traces = `${server.url}/otlp/v1/traces`;
  await open(operator, server);
  const mistakes: { make: () => Promise<void>; says: string; fix: string }[] = [
    { make: () => sdk(traces, undefined), says: "A client came without a key", fix: "OTEL_EXPORTER_OTLP_HEADERS=x-api-key=KEY" },
    { make: () => sdk(traces, "stw_wrong"), says: "A client came with a wrong key", fix: "steward key create --name NAME --scopes ingest" },
    { make: async () => sdk(traces, await newKey(server, "read")), says: "A client came with a key that may not send", fix: "steward key create --name NAME --scopes ingest" },
    { make: () => sdk(`${server.url}/otlp/v1/trace`, server.key), says: "A client sent to a path where nothing is taken in", fix: `OTEL_EXPORTER_OTLP_ENDPOINT=${server.url}/otlp` },
    { make: () => sdk(traces.replace("http:", "https:"), server.key), says: "A client began an encrypted connection", fix: "OTEL_EXPORTER_OTLP_INSECURE=true" },
  ];
  for (const { make, says, fix } of mistakes) {
    await make();
    const row = table(operator).getByRole("row").filter({ hasText: says });
    await expect(row.first()).toBeVisible();
    await expect(row.first().getByText(fix, { exact: true })).toBeVisible();
  }
  await expect(table(operator).getByRole("row").filter({ hasText: "OpenTelemetry JavaScript" }).first()).toContainText("Refused");
  const scope = table(operator).getByRole("row").filter({ hasText: "read-only" }).first();
  await expect(scope).toContainText("403");
  await expect(scope).toContainText("POST /otlp/v1/traces");
});

test("only the refused, one unfolded, by keyboard and in the address", async ({ operator, server, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await sdk(`${server.url}/otlp/v1/traces`, await newKey(server, "ingest"));
  await sdk(`${server.url}/otlp/v1/traces`, "stw_wrong");
  await open(operator, server);
  const accepted = table(operator).getByRole("row").filter({ hasText: "ingest-only" });
  await expect(accepted).toContainText("Accepted");
  await expect(accepted.getByRole("img", { name: /^1 attempt in the last hour/ })).toBeVisible();
  await expect(accepted.getByRole("cell").nth(6)).toHaveText("1");

  await operator.getByRole("switch", { name: "Refused only" }).check();
  await operator.waitForURL("**/settings/arrivals?refused=1");
  await expect(accepted).toHaveCount(0);
  await operator.locator("body").click({ position: { x: 700, y: 5 } });
  await operator.keyboard.press("j");
  await operator.waitForURL(/refused=1&row=\w+/);
  await expect(operator.getByText("User-Agent")).toBeVisible();
  await operator.reload();
  await expect(operator.getByText("User-Agent")).toBeVisible();
  await table(operator).getByRole("button", { name: "Copy setting" }).first().click();
  expect(await operator.evaluate(() => navigator.clipboard.readText())).toMatch(/^(OTEL_|steward key)/);
});

test("model calls without messages name the setting, and lead to the calls", async ({ operator, server }) => {
  const call = { "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o" };
  await sdk(`${server.url}/otlp/v1/traces`, server.key, call);
  await open(operator, server);
  const silent = operator.getByRole("region", { name: "Model calls without messages" });
  await expect(silent).toContainText(/\d+ of \d+ model calls? without messages/);
  await expect(silent.getByText(/OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT/).first()).toBeVisible();
  await silent.getByRole("link", { name: /^Show the \d+ calls?$/ }).first().click();
  await operator.waitForURL(/\/traces\?.*filter=kind%3Allm\+content%3Afalse/);
  await expect(operator.getByRole("row", { name: /chat gpt-4o/ }).first()).toBeVisible();
});

for (const scheme of ["light", "dark"] as const) {
  test(`nothing serious for axe, ${scheme}`, async ({ operator, server }) => {
    await operator.emulateMedia({ colorScheme: scheme });
    await sdk(`${server.url}/otlp/v1/traces`, "stw_wrong");
    await sdk(`${server.url}/otlp/v1/traces`, server.key);
    await open(operator, server);
    await expect(table(operator)).toBeVisible();
    await operator.getByRole("button", { name: /^Details of/ }).first().click();
    const { violations } = await new AxeBuilder({ page: operator }).analyze();
    expect(violations.filter((v) => v.impact === "serious" || v.impact === "critical")).toEqual([]);
  });
}
