// The AI SDK 7 with @ai-sdk/otel, which writes OpenTelemetry's names.
import * as ai from "ai";
import { createOpenAI } from "@ai-sdk/openai";
import { OpenTelemetry } from "@ai-sdk/otel";
import { play, start } from "./start.mjs";
import { vercelCalls } from "./vercel-calls.mjs";

const sdk = start();
ai.registerTelemetry(new OpenTelemetry());
await play(sdk, vercelCalls({ ai, createOpenAI, telemetry: (functionId) => ({ telemetry: { functionId } }) }));
