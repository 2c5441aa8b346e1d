// What every instrumentation of LangChain is shown: a chain, an agent's loop with a tool, a stream, a retrieval.
import { provider, question, require, system, tool, weather } from "./start.mjs";

// LangChain calls its handlers in the background by default; a handler then finds the context of another run and its
// spans land in another trace. This is what both instrumentations need, and what docs/emitters.md tells users.
process.env.LANGCHAIN_CALLBACKS_BACKGROUND = "false";

/** The scenarios, with LangChain loaded through require, so that it is the patched copy. */
export function langchainRuns() {
  const { ChatOpenAI } = require("@langchain/openai");
  const { ChatPromptTemplate } = require("@langchain/core/prompts");
  const { StringOutputParser } = require("@langchain/core/output_parsers");
  const { DynamicStructuredTool } = require("@langchain/core/tools");
  const { RunnableLambda } = require("@langchain/core/runnables");
  const { HumanMessage, SystemMessage } = require("@langchain/core/messages");
  const { BaseRetriever } = require("@langchain/core/retrievers");
  const { Document } = require("@langchain/core/documents");

  const model = new ChatOpenAI({
    model: "gpt-4o",
    apiKey: "none",
    maxRetries: 0,
    temperature: 0.2,
    streamUsage: true,
    configuration: { baseURL: `${provider}/v1` },
  });
  const prompt = ChatPromptTemplate.fromMessages([
    ["system", system],
    ["human", "{question}"],
  ]);
  const getWeather = new DynamicStructuredTool({
    name: tool.name,
    description: tool.description,
    schema: tool.schema,
    func: async () => JSON.stringify(weather),
  });
  const agent = RunnableLambda.from(async (input, config) => {
    const messages = [new SystemMessage(system), new HumanMessage(input.question)];
    const bound = model.bindTools([getWeather]);
    const first = await bound.invoke(messages, config);
    messages.push(first, await getWeather.invoke(first.tool_calls[0], config));
    return (await bound.invoke(messages, config)).content;
  }).withConfig({ runName: "weather-loop" });
  class Shelf extends BaseRetriever {
    lc_namespace = ["steward", "tests"];
    async _getRelevantDocuments() {
      return [
        new Document({ pageContent: "Paris lies on the Seine.", metadata: { source: "atlas" } }),
        new Document({ pageContent: "Paris has 20 districts.", metadata: { source: "gazetteer" } }),
      ];
    }
  }
  // What a user passes along to say whose conversation it is.
  const whose = { metadata: { session_id: "conversation-7", user_id: "ann" } };
  return {
    chain: () => prompt.pipe(model).pipe(new StringOutputParser()).invoke({ question }, whose),
    agent: () => agent.invoke({ question }, whose),
    stream: async () => {
      for await (const chunk of await model.stream([new HumanMessage(question)], whose)) void chunk;
    },
    retrieval: () => new Shelf().invoke(question, whose),
  };
}
