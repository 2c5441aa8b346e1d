// A stand-in for the model providers: answers as OpenAI (chat completions, responses, embeddings) and Anthropic
// (messages) do, streams too, always the same. What it says of usage is in facts, for the tests to compare with.
import { createServer } from "node:http";
import { once } from "node:events";

/** What the answers say: the tests expect exactly this of every emitter that passes it on. */
export const facts = {
  city: "Paris",
  answer: "It is 21 degrees and sunny in Paris.",
  reasoning: "The user wants the weather; I have a tool for that.",
  openai: { used: "gpt-4o-2024-08-06", input: 1200, cached: 1024, output: 80, reasoning: 64, call: "call_Wx1" },
  anthropic: { used: "claude-sonnet-4-5-20250929", uncached: 176, cached: 1024, written: 100, output: 80, call: "toolu_01Wx" },
  embedding: { used: "text-embedding-3-small", input: 8 },
};

/** Starts it on a free port. Answers its address and a function that stops it. */
export async function startProvider() {
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const piece of request) body += piece;
    const answer = routes[new URL(request.url, "http://provider").pathname];
    if (!answer) return json(response, 404, { error: { message: `no such path: ${request.url}`, type: "invalid_request_error" } });
    await answer(JSON.parse(body), response);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    stop: () => new Promise((done) => (server.close(done), server.closeAllConnections())),
  };
}

const routes = {
  "/v1/chat/completions": chat,
  "/v1/responses": responses,
  "/v1/embeddings": embeddings,
  "/v1/messages": messages,
};

function json(response, status, value) {
  response.writeHead(status, { "content-type": "application/json", "x-request-id": "req_standin" }).end(JSON.stringify(value));
}

/** Server-sent events; the pauses let the first token differ from the start, and the end from the first token. */
async function stream(response, events) {
  response.writeHead(200, { "content-type": "text/event-stream", "x-request-id": "req_standin" });
  for (const [i, event] of events.entries()) {
    if (i === 1 || i === events.length - 1) await new Promise((wake) => setTimeout(wake, 20)); // the model thinks
    const name = event.type ? `event: ${event.type}\n` : "";
    response.write(`${name}data: ${event === done ? "[DONE]" : JSON.stringify(event)}\n\n`);
  }
  response.end();
}
const done = {};

const toolArguments = JSON.stringify({ city: facts.city });

// OpenAI chat completions: a tool call where tools are offered and the last word is the user's, else text.
async function chat(request, response) {
  const calls = request.tools?.length > 0 && request.messages.at(-1).role === "user";
  const head = { id: "chatcmpl-Standin1", created: 1763680000, model: facts.openai.used, system_fingerprint: "fp_standin" };
  const call = {
    id: facts.openai.call,
    type: "function",
    function: { name: request.tools?.[0]?.function?.name, arguments: toolArguments },
  };
  const finish = calls ? "tool_calls" : "stop";
  const { input, cached, output, reasoning } = facts.openai;
  const usage = {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: cached, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: reasoning,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
  if (!request.stream) {
    const message = { role: "assistant", content: calls ? null : facts.answer, refusal: null, annotations: [] };
    if (calls) message.tool_calls = [call];
    return json(response, 200, {
      ...head,
      object: "chat.completion",
      choices: [{ index: 0, message, logprobs: null, finish_reason: finish }],
      usage,
    });
  }
  const chunk = (delta, finish_reason = null) => ({
    ...head,
    object: "chat.completion.chunk",
    choices: [{ index: 0, delta, logprobs: null, finish_reason }],
  });
  const events = [chunk({ role: "assistant", content: calls ? null : "", refusal: null })];
  if (calls) {
    events.push(chunk({ tool_calls: [{ index: 0, ...call, function: { ...call.function, arguments: "" } }] }));
    for (const part of halves(toolArguments)) events.push(chunk({ tool_calls: [{ index: 0, function: { arguments: part } }] }));
  } else for (const part of halves(facts.answer)) events.push(chunk({ content: part }));
  events.push(chunk({}, finish));
  if (request.stream_options?.include_usage) events.push({ ...head, object: "chat.completion.chunk", choices: [], usage });
  return stream(response, [...events, done]);
}

const halves = (text) => [text.slice(0, text.length / 2), text.slice(text.length / 2)];

// What the provider ran by itself: two searches, and a page that it opened, which is none.
const searched = [
  { type: "search", query: "weather in Paris", queries: ["weather in Paris"], sources: [] },
  { type: "open_page", url: "https://weather.example/paris" },
  { type: "search", query: "Paris temperature now", queries: ["Paris temperature now"], sources: [] },
].map((action, i) => ({ id: `ws_${i + 1}`, type: "web_search_call", status: "completed", action }));

// OpenAI responses: reasoning first, then a tool call, or searches and text.
async function responses(request, response) {
  const last = Array.isArray(request.input) ? request.input.at(-1) : {};
  const searches = request.tools?.some((tool) => tool.type.startsWith("web_search"));
  const calls = request.tools?.length > 0 && !searches && last.type !== "function_call_output";
  const { input, cached, output, reasoning } = facts.openai;
  const think = { id: "rs_1", type: "reasoning", summary: [{ type: "summary_text", text: facts.reasoning }] };
  const say = calls
    ? {
        id: "fc_1",
        type: "function_call",
        status: "completed",
        call_id: facts.openai.call,
        name: request.tools[0].name,
        arguments: toolArguments,
      }
    : {
        id: "msg_1",
        type: "message",
        status: "completed",
        role: "assistant",
        content: [{ type: "output_text", text: facts.answer, annotations: [], logprobs: [] }],
      };
  const whole = {
    id: "resp_standin1",
    object: "response",
    created_at: 1763680000,
    status: "completed",
    error: null,
    incomplete_details: null,
    instructions: request.instructions ?? null,
    max_output_tokens: null,
    model: facts.openai.used,
    output: [think, ...(searches ? searched : []), say],
    parallel_tool_calls: true,
    previous_response_id: null,
    reasoning: { effort: null, summary: null },
    store: true,
    temperature: 1,
    text: { format: { type: "text" } },
    tool_choice: "auto",
    tools: request.tools ?? [],
    top_p: 1,
    truncation: "disabled",
    usage: {
      input_tokens: input,
      input_tokens_details: { cached_tokens: cached },
      output_tokens: output,
      output_tokens_details: { reasoning_tokens: reasoning },
      total_tokens: input + output,
    },
    user: null,
    metadata: {},
  };
  if (!request.stream) return json(response, 200, whole);
  const open = { ...whole, status: "in_progress", output: [], usage: null };
  const events = [
    { type: "response.created", response: open },
    { type: "response.in_progress", response: open },
  ];
  events.push({ type: "response.output_item.added", output_index: 0, item: { ...think, summary: [] } });
  events.push({ type: "response.output_item.done", output_index: 0, item: think });
  if (calls) {
    events.push({ type: "response.output_item.added", output_index: 1, item: { ...say, status: "in_progress", arguments: "" } });
    for (const delta of halves(toolArguments))
      events.push({ type: "response.function_call_arguments.delta", item_id: say.id, output_index: 1, delta });
    events.push({ type: "response.function_call_arguments.done", item_id: say.id, output_index: 1, arguments: toolArguments });
  } else {
    const at = { item_id: say.id, output_index: 1, content_index: 0 };
    events.push({ type: "response.output_item.added", output_index: 1, item: { ...say, status: "in_progress", content: [] } });
    events.push({ type: "response.content_part.added", ...at, part: { type: "output_text", text: "", annotations: [] } });
    for (const delta of halves(facts.answer)) events.push({ type: "response.output_text.delta", ...at, delta, logprobs: [] });
    events.push({ type: "response.output_text.done", ...at, text: facts.answer, logprobs: [] });
    events.push({ type: "response.content_part.done", ...at, part: say.content[0] });
  }
  events.push({ type: "response.output_item.done", output_index: 1, item: say }, { type: "response.completed", response: whole });
  return stream(
    response,
    events.map((event, sequence_number) => ({ ...event, sequence_number })),
  );
}

async function embeddings(request, response) {
  const texts = Array.isArray(request.input) ? request.input : [request.input];
  const vector = [0.5, -0.25, 0.125];
  const embedding = request.encoding_format === "base64" ? Buffer.from(new Float32Array(vector).buffer).toString("base64") : vector;
  const { used, input } = facts.embedding;
  json(response, 200, {
    object: "list",
    model: used,
    usage: { prompt_tokens: input, total_tokens: input },
    data: texts.map((_, index) => ({ object: "embedding", index, embedding })),
  });
}

// Anthropic messages: thinking where it is asked for, then a tool call or text. Its input count leaves the cache out.
async function messages(request, response) {
  const last = request.messages.at(-1).content;
  const answered = Array.isArray(last) && last.some((block) => block.type === "tool_result");
  const searches = request.tools?.some((tool) => tool.type?.startsWith("web_search"));
  const calls = request.tools?.length > 0 && !searches && !answered;
  const { used, uncached, cached, written, output, call } = facts.anthropic;
  const usage = {
    input_tokens: uncached,
    cache_creation_input_tokens: written,
    cache_read_input_tokens: cached,
    output_tokens: output,
    cache_creation: { ephemeral_5m_input_tokens: written, ephemeral_1h_input_tokens: 0 },
    service_tier: "standard",
    ...(searches && { server_tool_use: { web_search_requests: 1, web_fetch_requests: 0 } }),
  };
  const content = [];
  if (request.thinking) content.push({ type: "thinking", thinking: facts.reasoning, signature: "c2lnbmF0dXJl" });
  if (searches) {
    const found = { type: "web_search_result", url: "https://weather.example/paris", title: "Paris", encrypted_content: "e30=", page_age: null };
    content.push(
      { type: "server_tool_use", id: "srvtoolu_1", name: "web_search", input: { query: "weather in Paris" } },
      { type: "web_search_tool_result", tool_use_id: "srvtoolu_1", content: [found] },
    );
  }
  content.push(
    calls ? { type: "tool_use", id: call, name: request.tools[0].name, input: { city: facts.city } } : { type: "text", text: facts.answer },
  );
  const stop_reason = calls ? "tool_use" : "end_turn";
  const head = { id: "msg_standin1", type: "message", role: "assistant", model: used };
  if (!request.stream) return json(response, 200, { ...head, content, stop_reason, stop_sequence: null, usage });
  const events = [
    {
      type: "message_start",
      message: { ...head, content: [], stop_reason: null, stop_sequence: null, usage: { ...usage, output_tokens: 1 } },
    },
  ];
  for (const [index, block] of content.entries()) {
    const delta = (value) => events.push({ type: "content_block_delta", index, delta: value });
    if (block.type === "thinking") {
      events.push({ type: "content_block_start", index, content_block: { ...block, thinking: "", signature: "" } });
      for (const thinking of halves(block.thinking)) delta({ type: "thinking_delta", thinking });
      delta({ type: "signature_delta", signature: block.signature });
    } else if (block.type === "text") {
      events.push({ type: "content_block_start", index, content_block: { type: "text", text: "" } });
      for (const text of halves(block.text)) delta({ type: "text_delta", text });
    } else {
      events.push({ type: "content_block_start", index, content_block: { ...block, input: {} } });
      for (const partial_json of halves(toolArguments)) delta({ type: "input_json_delta", partial_json });
    }
    events.push({ type: "content_block_stop", index });
  }
  events.push(
    { type: "message_delta", delta: { stop_reason, stop_sequence: null }, usage: { output_tokens: output } },
    { type: "message_stop" },
  );
  return stream(response, events);
}
