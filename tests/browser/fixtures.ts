import { expect, test as base, type Page } from "@playwright/test";
import { start, type Server } from "./server";

interface Fixtures {
  /** A page of a signed-in operator. */
  operator: Page;
}

/**
 * One server for the file's tests. Every page is watched: a request to another host, a script error, or a message of
 * the content policy fails the test that caused it.
 */
export const test = base.extend<Fixtures, { server: Server }>({
  server: [
    async ({}, use) => {
      const server = await start();
      await use(server);
      await server.stop();
    },
    { scope: "worker" },
  ],
  page: async ({ page, server }, use) => {
    const wrong: string[] = [];
    page.on("request", (r) => {
      if (!r.url().startsWith(server.url) && !/^(data|blob):/.test(r.url())) wrong.push(`asked another host: ${r.url()}`);
    });
    page.on("pageerror", (e) => wrong.push(`script error: ${e.message}`));
    page.on("console", (m) => {
      if (/Content Security Policy|Refused to/.test(m.text())) wrong.push(m.text());
    });
    await use(page);
    expect(wrong).toEqual([]);
  },
  operator: async ({ page, server }, use) => {
    await page.goto(`${server.url}/signin`);
    await page.getByLabel("Key", { exact: true }).fill(server.key);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL(/\/(start|traces)?$/); // an empty project begins at getting started
    await use(page);
  },
});

export { expect };
