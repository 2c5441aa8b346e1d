/**
 * The names under which the rest of the source knows the wire shapes. They are generated from the API's OpenAPI
 * document (`npm run api`, which `npm run typecheck` does first); only what the document cannot say is written here.
 */
import type { components, paths } from "./openapi.gen";

export type { paths };

type Schemas = components["schemas"];

/** RFC 3339 with nanoseconds, UTC. */
export type Time = string;
/** An integer; above 2^53 it travels as a string, which the document does not say. */
export type Int = number | string;

export type ErrorBody = Schemas["ErrorBody"];
export type Me = Schemas["Me"];
export type Cost = Schemas["Cost"];
export type Tokens = { [K in keyof Schemas["Tokens"]]: Int };
export type Score = Schemas["Score"];
export type Trace = Schemas["Trace"];
export type TraceDetail = Schemas["TraceDetail"];
export type Session = Schemas["Session"];
export type SessionDetail = Schemas["SessionDetail"];
export type Span = Schemas["Span"];
export type Kind = Span["kind"];
export type Problem = Schemas["Problem"];
export type ToolOffer = Schemas["ToolOffer"];
export type Message = Schemas["Message"];
export type Part = Schemas["Part"];
export type Document = Schemas["Document"];
export type Searched = Schemas["Searched"];
export type SavedView = Schemas["SavedView"];
export type NewSavedView = Schemas["NewSavedView"];
export type WouldShow = Schemas["WouldShow"];
export type Home = Schemas["Home"];
export type Key = Schemas["Key"];
export type BrowserSession = Schemas["BrowserSession"];
