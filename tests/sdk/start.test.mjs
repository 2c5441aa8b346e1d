// The guides for TypeScript, pasted as they stand: each must bring a model call with its messages.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { startProvider } from "./provider.mjs";
import { startSteward } from "./steward.mjs";

const run = promisify(execFile);
const folder = resolve(import.meta.dirname, "../../docs/guides/start");
const modules = resolve(import.meta.dirname, "../node_modules");
const names = (await readdir(folder)).filter((f) => f.startsWith("typescript")).map((f) => f.slice(0, -".md".length));
const pinned = JSON.parse(await readFile(resolve(import.meta.dirname, "../package.json"), "utf8")).devDependencies;

let steward, provider;
before(async () => ([steward, provider] = await Promise.all([startSteward(), startProvider()])));
after(() => Promise.all([steward?.stop(), provider?.stop()]));

/** What is pasted under a heading. */
function paste(text, heading) {
  return new RegExp(`^## ${heading}\n\n\`\`\`sh\n(.*?)\`\`\``, "ms").exec(text)[1];
}

test("there are guides to run", () => assert.ok(names.length >= 5, names.join()));

for (const name of names) {
  test(name, async () => {
    const text = await readFile(join(folder, `${name}.md`), "utf8");
    const setup = paste(text, "Set up");
    const [install, ...settings] = setup.trimEnd().split("\n");
    const packages = /^npm install (.*)$/.exec(install)[1].split(" ");
    for (const p of packages) {
      assert.ok(text.includes(`\`${p}\` ${pinned[p]}`), `the proof must name the version that is run: ${p} ${pinned[p]}`);
    }
    const key = await steward.ingestKey({ release: name }); // so that its spans are told from the others'
    const script = `${settings.join("\n")}\n${paste(text, "Send")}`.replaceAll("http://127.0.0.1:7171", steward.url).replaceAll("YOUR_KEY", key);
    const dir = await mkdtemp(join(tmpdir(), "steward-start-"));
    await symlink(modules, join(dir, "node_modules"));
    const env = {
      ...process.env,
      OPENAI_API_KEY: "none",
      OPENAI_BASE_URL: `${provider.url}/v1`,
      ANTHROPIC_API_KEY: "none",
      ANTHROPIC_BASE_URL: provider.url,
    };
    try {
      const { stderr } = await run("bash", ["-euo", "pipefail", "-c", script], { cwd: dir, env });
      assert.equal(stderr, "");
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
    const { items } = await steward.ask(`/api/v1/spans?include=content&filter=${encodeURIComponent(`kind:llm release:${name}`)}`);
    assert.equal(items.length, 1);
    const [call] = items;
    assert.equal(call.service, "my-app");
    assert.ok(["gpt-5-mini", "claude-haiku-4-5"].includes(call.model.requested), call.model.requested);
    assert.ok(call.input.length > 0 && call.output.length > 0, "the messages came along");
    assert.ok(call.usage.output_tokens > 0 && call.cost.state === "priced", JSON.stringify(call.cost));
  });
}
