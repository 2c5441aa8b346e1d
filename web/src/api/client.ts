import createClient, { type Client } from "openapi-fetch";
import type { ErrorBody, paths } from "./types";

/** A failed request, with the API's own code and message where it sent them. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly details: Record<string, unknown> = {},
    /** Seconds until another try makes sense; undefined where the server did not say. */
    readonly retryAfter?: number,
  ) {
    super(message);
    this.name = "ApiError";
  }
}

export type Api = Client<paths>;

/** A client bound to one project; csrf is sent with every request, as changes by cookie need it. */
export function makeClient(bound: { project?: string; csrf?: string } = {}): Api {
  const headers: Record<string, string> = {};
  if (bound.project) headers["Steward-Project"] = bound.project;
  if (bound.csrf) headers["Steward-CSRF"] = bound.csrf;
  return createClient<paths>({ headers, credentials: "same-origin" });
}

interface Outcome<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** Turns openapi-fetch's outcome into the body, or throws an ApiError. */
export async function unwrap<T>(outcome: Promise<Outcome<T>>): Promise<T> {
  let done: Outcome<T>;
  try {
    done = await outcome;
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw new ApiError(0, "unreachable", "Steward does not answer. Is it running, and is the network up?");
  }
  if (done.response.ok) return done.data as T;
  throw toError(done.response, done.error);
}

export function toError(response: Response, body: unknown): ApiError {
  const wait = Number(response.headers.get("Retry-After") ?? Number.NaN);
  const retryAfter = Number.isFinite(wait) ? wait : undefined;
  const sent = (body as ErrorBody | undefined)?.error;
  if (sent && typeof sent.message === "string") {
    return new ApiError(response.status, sent.code, sent.message, sent.details ?? {}, retryAfter);
  }
  return new ApiError(response.status, "internal", `The server answered ${response.status} without saying why.`, {}, retryAfter);
}
