// The AI SDK 6, which writes ai.* attributes.
import * as ai from "ai-6";
import { createOpenAI } from "@ai-sdk/openai-3";
import { play, start } from "./start.mjs";
import { vercelCalls } from "./vercel-calls.mjs";

const metadata = { sessionId: "conversation-7", userId: "ann", tags: ["weather"] };
const telemetry = (functionId) => ({ experimental_telemetry: { isEnabled: true, functionId, metadata } });
await play(start(), vercelCalls({ ai, createOpenAI, telemetry }));
