// Writes what every emitter really sends as fixtures of the mapper: one file a span, with the same expectation that the
// tests here hold the API to. Run it after a package's version was raised: npm run record.
import { readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { cases } from "./cases.mjs";
import { differences, pair } from "./check.mjs";
import { startProvider } from "./provider.mjs";
import { runEmitter } from "./run.mjs";
import { startSteward } from "./steward.mjs";

const testdata = resolve(import.meta.dirname, "../../internal/domain/emitter/testdata");

for (const folder of new Set(cases.map((c) => c.folder))) {
  for (const file of await readdir(join(testdata, folder))) if (file.startsWith("recorded-")) await rm(join(testdata, folder, file));
}
const [steward, provider] = await Promise.all([startSteward(), startProvider()]);
try {
  const key = await steward.ingestKey();
  for (const one of cases) await record(one, key);
} finally {
  await Promise.all([steward.stop(), provider.stop()]);
}

async function record({ script, folder, packages, scenarios }, key) {
  const { warnings, ...ids } = await runEmitter(script, { steward, provider, key });
  const versions = await Promise.all(packages.map(version));
  const name = script.replace(/\.mjs$/, "");
  let files = 0;
  for (const [scenario, id] of Object.entries(ids)) {
    const { spans } = await steward.trace(id);
    const pairs = pair(
      spans.filter((span) => span.scope.name !== "app"),
      scenarios[scenario],
    );
    for (const [i, { span, expected }] of pairs.entries()) {
      const wrong = differences(span, expected.want);
      if (wrong.length > 0) {
        console.error(`${name} ${scenario}: ${wrong.join("; ")}`);
        process.exitCode = 1;
      }
      const fixture = { origin: `recorded from npm ${versions.join(" with ")}`, raw: raw(span), want: asFixture(expected.want) };
      const file = `recorded-${name}-${scenario}-${i + 1}-${span.kind}.json`;
      await writeFile(join(testdata, folder, file), JSON.stringify(fixture, null, 1) + "\n");
      files++;
    }
  }
  console.log(`${name}: ${files} spans`);
}

/** What the emitter sent, as far as the API answers it. Addresses of the run are made the same every time. */
function raw(span) {
  const attributes = { ...span.attributes };
  if ("server.port" in attributes) attributes["server.port"] = 8080;
  return {
    name: span.name,
    kind: span.otel_kind,
    ...(span.parent_id ? { parent: "set" } : {}),
    start: span.start,
    end: span.end,
    attributes,
    resource: span.resource,
    scope: { name: span.scope.name, version: span.scope.version },
    ...(span.events?.length ? { events: span.events.map(({ name, time, attributes, body }) => ({ name, time, attributes, body })) } : {}),
  };
}

/** The fixtures are of the mapper alone: prices come later, and usage that is nothing shows as zeros. */
function asFixture({ cost, usage, ...want }) {
  const none = { input_tokens: 0, output_tokens: 0 };
  return { ...want, ...(usage === undefined ? {} : { usage: usage ?? none }) };
}

/** "openai@6.49.0", whatever name the package is installed under. */
async function version(installed) {
  const { name, version } = JSON.parse(await readFile(resolve(import.meta.dirname, "../node_modules", installed, "package.json"), "utf8"));
  return `${name}@${version}`;
}
