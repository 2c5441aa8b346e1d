import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

const binary = process.env.STEWARD_BIN ?? resolve(import.meta.dirname, "../../bin/steward");

/** A running server on a folder of its own, with what it printed at the start. */
export interface Server {
  url: string;
  /** The one-time sign-in link of the first start. */
  link: string;
  /** The operator key. */
  key: string;
  stop: () => Promise<void>;
}

export async function start(): Promise<Server> {
  const data = await mkdtemp(join(tmpdir(), "steward-browser-"));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(binary, ["serve", "--data", data, "--listen", `127.0.0.1:${port}`], { stdio: ["ignore", "pipe", "pipe"] });
  const output: string[] = [];
  const link = await new Promise<string>((found, failed) => {
    const read = (line: string) => {
      output.push(line);
      const match = /https?:\/\/\S+\/signin\?token=\S+/.exec(line);
      if (match) found(match[0]);
    };
    createInterface({ input: child.stdout! }).on("line", read);
    createInterface({ input: child.stderr! }).on("line", read);
    child.once("error", failed);
    child.once("exit", (code) => failed(new Error(`${binary} ended with ${code}:\n${output.join("\n")}`)));
  });
  await ready(url, child, output);
  const key = (await readFile(join(data, "operator.key"), "utf8")).trim();
  return {
    url,
    link,
    key,
    stop: async () => {
      if (child.exitCode === null) {
        const gone = once(child, "exit");
        child.kill("SIGTERM");
        await gone;
      }
      await rm(data, { recursive: true, force: true });
    },
  };
}

async function ready(url: string, child: ChildProcess, output: string[]): Promise<void> {
  const end = Date.now() + 20_000;
  while (Date.now() < end && child.exitCode === null) {
    const ok = await fetch(`${url}/readyz`).then((r) => r.ok, () => false);
    if (ok) return;
    await new Promise((wake) => setTimeout(wake, 50)); // between two questions, not instead of one
  }
  throw new Error(`the server did not become ready:\n${output.join("\n")}`);
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}
