import { existsSync, readdirSync } from "node:fs";
import { defineConfig } from "@playwright/test";

/** The browser that is installed on the machine; nothing is downloaded. */
const chromium = [process.env.STEWARD_CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
  .find((path) => path && existsSync(path));

/** A project for each file, since projects share no worker: so each file has a server of its own, and an empty one. */
const projects = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith(".spec.ts"))
  .map((name) => ({ name: name.replace(".spec.ts", ""), testMatch: name }));

export default defineConfig({
  testDir: ".",
  projects,
  outputDir: "results",
  workers: 1,
  forbidOnly: true,
  retries: 0,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: [["list"]],
  use: {
    actionTimeout: 15_000,
    navigationTimeout: 30_000,
    viewport: { width: 1280, height: 800 },
    locale: "en-GB",
    timezoneId: "UTC",
    screenshot: "only-on-failure",
    trace: "off",
    launchOptions: {
      executablePath: chromium,
      args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync", "--no-first-run"],
    },
  },
});
