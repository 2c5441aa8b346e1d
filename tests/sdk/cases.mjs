// Every emitter that is tested: the script that runs it, where its fixtures go, and what each scenario must give.
import { anthropic, langchain, openai } from "./cases-clients.mjs";
import { langfuse, vercel } from "./cases-frameworks.mjs";

/**
 * A case is {script, packages, folder, scenarios}. A scenario is a list of expectations, one for each span besides the
 * root that the script made, in any order: {is} tells which span is meant when several are of one kind; {want} is the
 * part of the span that must be so; {priced} and {firstToken} ask for a cost above zero and a time to the first token;
 * {fromLogs} asks for events that came as log records.
 */
export const cases = [...openai, ...anthropic, ...langchain, ...vercel, ...langfuse];
