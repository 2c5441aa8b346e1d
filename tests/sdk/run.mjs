// Runs one emitter script in a process of its own, since instrumentations patch what they are given for good.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

/**
 * Runs emitters/NAME against steward and provider. Answers what the script wrote as its result: the trace id of every
 * scenario that it played. Throws with the script's output if it failed.
 */
export async function runEmitter(script, { steward, provider, key, transport = "proto", env = {} }) {
  const child = spawn(process.execPath, [join(import.meta.dirname, "emitters", script)], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      ...env,
      EMIT_URL: steward.url,
      EMIT_GRPC: steward.grpc,
      EMIT_KEY: key,
      EMIT_TRANSPORT: transport,
      PROVIDER_URL: provider.url,
      OPENAI_API_KEY: "none",
      ANTHROPIC_API_KEY: "none",
    },
  });
  let [out, err] = ["", ""];
  child.stdout.on("data", (text) => (out += text));
  child.stderr.on("data", (text) => (err += text));
  const [code] = await once(child, "close");
  const line = /^RESULT (.*)$/m.exec(out);
  if (code !== 0 || !line) throw new Error(`${script} ended with ${code}:\n${out}${err}`);
  return JSON.parse(line[1]);
}
