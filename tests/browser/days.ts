/** Two days of an agent's work with a change between them: what the tests of Home and of usage look at. */
import { send, type SentTrace } from "./otlp";
import type { Server } from "./server";

interface Visit {
  model: string;
  release: string;
  failure?: string;
  /** The failure is of the model's call, not of the tool's. */
  call?: boolean;
  cached?: number;
}

const hour = 3_600_000;
const usual: Visit = { model: "gpt-4o-mini", release: "1.0" };

function visit(v: Visit, n: number, start: number): SentTrace {
  const id = (k: number) => (n * 16 + k).toString(16).padStart(16, "0");
  const both = { "gen_ai.agent.name": "claims", "gen_ai.conversation.id": `visit-${n}`, "user.id": `user-${n % 3}` };
  const ms = 1000 + (n % 97);
  return {
    id: (n + 1).toString(16).padStart(16, "0") + start.toString(16).padStart(16, "0"), start, release: v.release,
    spans: [
      { id: id(1), name: "invoke_agent claims", at: 0, ms, attributes: { ...both, "gen_ai.operation.name": "invoke_agent" } },
      {
        id: id(2), parent: id(1), name: `chat ${v.model}`, at: 0, ms, error: v.call ? v.failure : undefined,
        attributes: {
          ...both, "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": v.model,
          "gen_ai.usage.input_tokens": 1000, "gen_ai.usage.output_tokens": 100, "gen_ai.usage.cache_read.input_tokens": v.cached ?? 0,
        },
      },
      {
        id: id(3), parent: id(1), name: "execute_tool lookup", at: 0, ms, error: v.call ? undefined : v.failure,
        attributes: { ...both, "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "lookup" },
      },
    ],
  };
}

async function post(server: Server, project: string, path: string, body: object): Promise<unknown> {
  const headers = { "content-type": "application/json", authorization: `Bearer ${server.key}`, "Steward-Project": project };
  const answer = await fetch(`${server.url}/api/v1/${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

export async function newKey(server: Server, project: string, scope: string): Promise<string> {
  return ((await post(server, project, "keys", { name: `days-${scope}`, scopes: [scope] })) as { key: string }).key;
}

/** A project of its own with a key that may send to it: the tests' files share a server. */
export async function freshProject(server: Server, id: string): Promise<string> {
  await post(server, "default", "projects", { id });
  return newKey(server, id, "ingest");
}

/**
 * Yesterday 63 visits of which the first 3 fail; today 86 of which 27 do, with a new release, dearer calls and a model
 * without a price. Answers the time from which it counts: visits are a second apart, the newest of a day two hours before.
 */
export async function twoDays(server: Server, project: string): Promise<number> {
  const key = await freshProject(server, project);
  const now = Date.now();
  const traces: SentTrace[] = [];
  const add = (v: Visit, times: number, before: number) => {
    for (let i = 0; i < times; i++) {
      const n = traces.length + 1;
      traces.push(visit(v, n, now - before - 2 * hour - n * 1000));
    }
  };
  add(usual, 60, 24 * hour);
  add({ ...usual, failure: "policy 4711 not found" }, 3, 24 * hour);
  add(usual, 40, 0);
  add({ ...usual, failure: "policy 1312 not found" }, 20, 0);
  add({ ...usual, release: "2.0", failure: 'the index "claims-7" is empty' }, 5, 0);
  add({ ...usual, model: "gpt-4o", cached: 400 }, 15, 0);
  add({ ...usual, model: "gpt-4o", failure: "overloaded", call: true }, 2, 0);
  add({ ...usual, model: "house-model" }, 4, 0);
  const answer = await send(server.url, key, ...traces);
  if (!answer.ok) throw new Error(`the traffic was refused: ${answer.status} ${await answer.text()}`);
  return now;
}
