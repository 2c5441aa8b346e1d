// The AI SDK 7 with the class of @ai-sdk/otel that still writes ai.* attributes.
import * as ai from "ai";
import { createOpenAI } from "@ai-sdk/openai";
import { LegacyOpenTelemetry } from "@ai-sdk/otel";
import { play, start } from "./start.mjs";
import { vercelCalls } from "./vercel-calls.mjs";

const sdk = start();
ai.registerTelemetry(new LegacyOpenTelemetry());
await play(sdk, vercelCalls({ ai, createOpenAI, telemetry: (functionId) => ({ telemetry: { functionId } }) }));
