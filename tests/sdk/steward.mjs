// The real Steward binary on a folder of its own, and the questions that tests ask it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const binary = process.env.STEWARD_BIN ?? resolve(import.meta.dirname, "../../bin/steward");

/** Starts it and answers once it is ready. */
export async function startSteward() {
  const data = await mkdtemp(join(tmpdir(), "steward-sdk-"));
  const [http, grpc, otlp] = [await freePort(), await freePort(), await freePort()];
  const url = `http://127.0.0.1:${http}`;
  const child = spawn(binary, ["serve", "--data", data, "--listen", `127.0.0.1:${http}`], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, STEWARD_OTLP_GRPC: `127.0.0.1:${grpc}`, STEWARD_OTLP_HTTP: `127.0.0.1:${otlp}` },
  });
  const output = [];
  for (const pipe of [child.stdout, child.stderr]) pipe.on("data", (text) => output.push(text));
  const gone = once(child, "exit");
  await untilReady(url, child, () => output.join(""));
  const operator = (await readFile(join(data, "operator.key"), "utf8")).trim();

  const ask = async (path, options = {}) => {
    const response = await fetch(url + path, {
      ...options,
      headers: { authorization: `Bearer ${operator}`, "content-type": "application/json", ...options.headers },
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
    return text ? JSON.parse(text) : undefined;
  };
  return {
    url,
    grpc: `127.0.0.1:${grpc}`,
    http: `127.0.0.1:${otlp}`,
    ask,
    /** Starts the command line against it; answers the child process. */
    command: (...args) => spawn(binary, [...args, "--server", url, "--key", operator], { stdio: ["ignore", "pipe", "inherit"] }),
    /** A new key for sending, or for what is wanted instead. */
    ingestKey: async (wants = {}) =>
      (await ask("/api/v1/keys", { method: "POST", body: JSON.stringify({ name: "sdk", scopes: ["ingest"], ...wants }) })).key,
    trace: (id) => ask(`/api/v1/traces/${id}`),
    stop: async () => {
      child.kill("SIGTERM");
      await gone;
      await rm(data, { recursive: true, force: true });
    },
  };
}

async function untilReady(url, child, output) {
  const end = Date.now() + 20_000;
  while (Date.now() < end && child.exitCode === null) {
    if (
      await fetch(`${url}/readyz`).then(
        (r) => r.ok,
        () => false,
      )
    )
      return;
    await new Promise((wake) => setTimeout(wake, 50)); // between two questions, not instead of one
  }
  child.kill("SIGKILL");
  throw new Error(`${binary} did not become ready:\n${output()}`);
}

async function freePort() {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  await new Promise((closed) => probe.close(closed));
  return port;
}
