import type { components } from "../../api/openapi.gen";

export type Arrival = components["schemas"]["Arrival"];
export type SilentEmitter = components["schemas"]["SilentEmitter"];
export type Finding = components["schemas"]["ArrivalFinding"];

const headlines: Record<string, string> = {
  no_key: "A client came without a key",
  unknown_key: "A client came with a wrong key",
  wrong_scope: "A client came with a key that may not send",
  wrong_path: "A client sent to a path where nothing is taken in",
  wrong_method: "A client asked where it should have sent",
  wrong_encoding: "A client sent in a way that is not understood",
  wrong_port: "A client came by the other port",
  needs_plain_text: "A client began an encrypted connection",
  too_large: "A client sent too much at once",
  overloaded: "A client was asked to wait",
  failing: "The server failed a client",
  records_rejected: "Some records were not stored",
  clock_ahead: "A client's clock runs ahead",
  clock_behind: "A client's records are old",
};

/** A finding in a few words. */
export function headline(f: Finding): string {
  return headlines[f.problem] ?? "Something is wrong with a client";
}

/** Whether a finding is only worth knowing: what came was taken. */
export function harmless(f: Finding): boolean {
  return f.problem === "wrong_port";
}

/** The settings that a fix names, ready to be copied: NAME=value, or a command. */
export function settings(fix: string): string[] {
  const found = fix.match(/\bsteward key create[^,.;:)]*|\b[A-Z][A-Z0-9_]{3,}=[^\s,;)]+/g) ?? [];
  return [...new Set(found.map((s) => s.trim().replace(/\.$/, "")))];
}

/** What tells one row from another, short enough for a link. */
export function rowId(a: Arrival): string {
  const parts = [a.address, a.agent, a.transport, a.port, a.method, a.path, a.encoding, a.status, a.key?.id, a.message];
  let hash = 0xcbf29ce484222325n; // FNV-1a
  for (const c of new TextEncoder().encode(parts.join("\n"))) hash = ((hash ^ BigInt(c)) * 0x100000001b3n) & 0xffffffffffffffffn;
  return hash.toString(36);
}

export type State = "accepted" | "partly" | "refused";

/** What became of it. */
export function state(a: Arrival): State {
  if (!a.accepted) return "refused";
  return Number(a.rejected) > 0 ? "partly" : "accepted";
}
