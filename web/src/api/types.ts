/**
 * The wire shapes of /api/v1, by hand until they are generated from the OpenAPI document. The rest of the source
 * imports the names of this file only, so generated types can take its place by re-exporting them here.
 */

/** An integer; above 2^53 it travels as a string. */
export type Int = number | string;
/** RFC 3339 with nanoseconds, UTC. */
export type Time = string;

export interface ErrorBody {
  error: { code: string; message: string; details?: Record<string, unknown> | null };
}

export interface List<T> {
  items: T[];
  next_cursor: string | null;
}

export interface Actor {
  id: string;
  kind: string;
  name: string;
}

export interface Me {
  principal: Actor;
  project: string;
  projects: string[];
  role: string;
  actions: string[];
  csrf: string;
  version: string;
  server_time: Time;
}

export interface Status {
  code: "ok" | "error" | "unset";
  message: string;
}

export interface Cost {
  /** Decimal in text; empty where unpriced. */
  amount: string;
  currency: string;
  state: "priced" | "estimated" | "unpriced";
  price?: string;
}

export interface Score {
  id: string;
  target?: { trace_id?: string; span_id?: string; session?: string };
  name: string;
  value: number | null;
  label: string | null;
  boolean: boolean | null;
  source: { kind: "human" | "code" | "judge" | "user"; name: string };
  explanation?: string;
  time?: Time;
}

/** Cached and audio input are inside input, reasoning and audio output inside output. */
export interface Tokens {
  input_tokens: Int;
  output_tokens: Int;
  cache_read_tokens: Int;
  cache_write_tokens: Int;
  reasoning_tokens: Int;
  input_audio_tokens: Int;
  output_audio_tokens: Int;
}

/** What a trace or a session adds up to. Cost is null where no cost applies. */
export interface Totals {
  start: Time;
  end: Time | null;
  duration_ms: number;
  spans: number;
  errors: number;
  tokens: Tokens;
  cost: Cost | null;
  reported_cost: Money | null;
  models: string[];
  tags: string[];
  user: string;
  environment: string;
  release: string;
  service: string;
  agent: Named;
  input_preview: string;
  output_preview: string;
  scores: Score[];
}

export interface Named {
  name: string;
  version: string;
}

export interface Trace extends Totals {
  project: string;
  trace_id: string;
  root_span_id: string;
  matched_span_id: string | null;
  name: string;
  kind: Kind;
  status: Status;
  session: string;
  unfinished: boolean;
  orphans: number;
}

export interface Money {
  amount: string;
  currency: string;
}

export type Kind =
  | "llm"
  | "embedding"
  | "rerank"
  | "retrieval"
  | "tool"
  | "agent"
  | "workflow"
  | "guardrail"
  | "evaluation"
  | "task"
  | "other";

export interface Part {
  type: string;
  text?: string;
  id?: string;
  name?: string;
  /** The arguments of a call, the result of one, or data. */
  value?: unknown;
  mime?: string;
  blob?: string;
  uri?: string;
}

export interface Message {
  role: string;
  name?: string;
  parts: Part[];
  finish_reason?: string;
}

export interface Usage extends Tokens {
  source: string;
  rollup: boolean;
}

export interface Document {
  id?: string;
  content?: string;
  score?: number | null;
  metadata?: unknown;
}

export interface SpanEvent {
  name: string;
  time: Time;
  attributes?: Record<string, unknown>;
  body?: unknown;
  from_log?: boolean;
}

export interface SpanLink {
  trace_id: string;
  span_id: string;
  attributes?: Record<string, unknown>;
}

export interface Span {
  project: string;
  trace_id: string;
  span_id: string;
  parent_id?: string;
  name: string;
  kind: Kind;
  otel_kind: string;
  start: Time;
  end: Time | null;
  first_token_ms?: number | null;
  status: Status;
  service: string;
  environment: string;
  release: string;
  level: string;
  session: string;
  user: string;
  agent?: Named;
  tags?: string[];
  derived: boolean;
  model?: { provider: string; requested: string; used: string };
  finish_reason?: string;
  tools_offered?: { name: string; description?: string; schema?: unknown }[];
  input?: Message[];
  output?: Message[];
  /** "omitted" where the answer would have grown too large; the span's own route has all of it. */
  content?: "omitted";
  usage?: Usage | null;
  cost?: Cost | null;
  reported_cost?: Money | null;
  tool?: { name: string; call_id?: string; arguments?: unknown; result?: unknown } | null;
  documents?: Document[];
  prompt?: Named;
  assets?: Record<string, string>;
  scores?: Score[];
  resource?: Record<string, unknown>;
  scope?: { name: string; version: string; attributes?: Record<string, unknown> };
  attributes?: Record<string, unknown>;
  events?: SpanEvent[];
  links?: SpanLink[];
  /** What was odd about it when it came in, for example an end before the start. */
  marks?: string[];
  /** What the emitter's own limits cut before it came here. */
  dropped?: { attributes: number; events: number; links: number };
  mapper?: { version: number; emitter: string; unmapped: string[] };
}

export interface Searched {
  from: Time;
  to: Time;
  complete: boolean;
  /** Spans whose text was too long to be searched to its end. */
  partly: number;
}

export type TraceList = List<Trace> & { searched?: Searched };
export type TraceDetail = Omit<Trace, "spans"> & { spans: Span[] };

export interface Session extends Totals {
  project: string;
  session: string;
  traces: number;
}

export type SessionList = List<Session> & { searched?: Searched };
export type SessionDetail = Omit<Session, "traces"> & { traces: Trace[] };

export interface Key {
  id: string;
  name: string;
  prefix: string;
  scopes: string[];
  environment: string;
  release: string;
  created: Time;
  last_used: Time | null;
  revoked: Time | null;
  expires?: Time | null;
  owner: Actor;
}

export interface NewKey {
  name: string;
  scopes: string[];
  environment: string;
  release: string;
  expires: Time | null;
}

export interface BrowserSession {
  id: string;
  who: Actor;
  role: string;
  created: Time;
  last_seen: Time | null;
  expires: Time;
  address: string;
  agent: string;
  current: boolean;
}

export interface Project {
  id: string;
  title: string;
  created?: Time;
}

export interface Facets {
  facets: { field: string; values: { value: string; count: Int }[]; others: Int }[];
}

export interface Completion {
  from: number;
  to: number;
  expected: string | string[];
  candidates: { text: string; detail?: string }[];
}

export interface ListQuery {
  filter?: string;
  from?: Time;
  to?: Time;
  sort?: string;
  limit?: number;
  cursor?: string;
}

type Answer<Code extends number, Body> = {
  [K in Code]: Body extends undefined ? { content?: never } : { content: { "application/json": Body } };
} & { default: { content: { "application/json": ErrorBody } } };

type Get<Query, Body, Path = undefined> = {
  get: {
    parameters: { query?: Query } & (Path extends undefined ? unknown : { path: Path });
    responses: Answer<200, Body>;
  };
};

type Post<In, Body, Code extends number = 200> = {
  post: {
    parameters: { query?: never };
    requestBody: { content: { "application/json": In } };
    responses: Answer<Code, Body>;
  };
};

type Delete<Path> = {
  delete: { parameters: { path: Path }; responses: Answer<204, undefined> };
};

export interface paths {
  "/api/v1/signin": Post<{ key: string } | { token: string }, Me>;
  "/api/v1/signout": { post: { parameters: { query?: never }; responses: Answer<204, undefined> } };
  "/api/v1/me": Get<never, Me>;
  "/api/v1/projects": Get<never, List<Project>> & Post<{ id: string; title: string }, Project>;
  "/api/v1/keys": Get<never, List<Key>> & Post<NewKey, Key & { key: string }>;
  "/api/v1/keys/{id}": Delete<{ id: string }>;
  "/api/v1/browser-sessions": Get<never, List<BrowserSession>>;
  "/api/v1/browser-sessions/{id}": Delete<{ id: string }>;
  "/api/v1/login-links": Post<{ role: string; name: string }, { url: string; expires: Time }>;
  "/api/v1/traces": Get<ListQuery, TraceList>;
  "/api/v1/traces/{trace_id}": Get<never, TraceDetail, { trace_id: string }>;
  "/api/v1/traces/{trace_id}/spans/{span_id}": Get<never, Span, { trace_id: string; span_id: string }>;
  "/api/v1/sessions": Get<ListQuery, SessionList>;
  "/api/v1/sessions/{session}": Get<never, SessionDetail, { session: string }>;
  "/api/v1/facets": Get<{ fields: string; filter?: string; from?: Time; to?: Time; limit?: number; level?: string }, Facets>;
  "/api/v1/filter/complete": Get<{ text: string; cursor: number; from?: Time; to?: Time }, Completion>;
}
