/** What a reader can choose on the page, and which guide it leads to. */
export interface Way {
  id: string;
  label: string;
  /** The guide's file name in docs/guides/start, without its ending. */
  guide: string;
}

export interface Language {
  id: string;
  label: string;
  /** The first is chosen unless the reader chooses another. */
  ways: Way[];
}

export const languages: [Language, ...Language[]] = [
  {
    id: "python",
    label: "Python",
    ways: [
      { id: "openai", label: "OpenAI", guide: "python-openai" },
      { id: "anthropic", label: "Anthropic", guide: "python-anthropic" },
      { id: "langchain", label: "LangChain, LangGraph", guide: "python-langchain" },
      { id: "openai-agents", label: "OpenAI Agents", guide: "python-openai-agents" },
      { id: "pydantic-ai", label: "pydantic-ai", guide: "python-pydantic-ai" },
      { id: "llamaindex", label: "LlamaIndex", guide: "python-llamaindex" },
      { id: "otel", label: "OpenTelemetry", guide: "python" },
      { id: "plain", label: "No packages", guide: "python-plain" },
    ],
  },
  {
    id: "typescript",
    label: "TypeScript",
    ways: [
      { id: "openai", label: "OpenAI", guide: "typescript-openai" },
      { id: "anthropic", label: "Anthropic", guide: "typescript-anthropic" },
      { id: "langchain", label: "LangChain, LangGraph", guide: "typescript-langchain" },
      { id: "vercel-ai", label: "Vercel AI", guide: "typescript-vercel-ai" },
      { id: "otel", label: "OpenTelemetry", guide: "typescript" },
    ],
  },
  { id: "go", label: "Go", ways: [{ id: "otel", label: "OpenTelemetry", guide: "go" }] },
  { id: "curl", label: "curl", ways: [{ id: "plain", label: "One request", guide: "curl" }] },
  { id: "collector", label: "Collector", ways: [{ id: "otel", label: "OpenTelemetry Collector", guide: "collector" }] },
  {
    id: "coding-agent",
    label: "Coding agent",
    ways: [
      { id: "claude-code", label: "Claude Code", guide: "claude-code" },
      { id: "codex", label: "Codex", guide: "codex" },
      { id: "gemini-cli", label: "Gemini CLI", guide: "gemini-cli" },
    ],
  },
];

/** What the page keeps in its URL. */
export interface StartSearch {
  language?: string;
  with?: string;
}

/** Keeps what can be chosen and leaves out the rest, and what is chosen anyway. */
export function startSearch(raw: Record<string, unknown>): StartSearch {
  const language = languages.find((l) => l.id === raw.language);
  const way = (language ?? languages[0]).ways.find((w) => w.id === raw.with);
  return {
    ...(language && { language: language.id }),
    ...(way && { with: way.id }),
  };
}

/** The chosen language and way. */
export function chosen(search: StartSearch): { language: Language; way: Way } {
  const language = languages.find((l) => l.id === search.language) ?? languages[0];
  const way = language.ways.find((w) => w.id === search.with) ?? language.ways[0]!;
  return { language, way };
}
