import { parseGuide, type Guide } from "./guide";

const texts = import.meta.glob<string>("../../../../docs/guides/start/*.md", { query: "?raw", import: "default", eager: true });

/** All guides by their file name without its ending. */
export const guides: ReadonlyMap<string, Guide> = new Map(
  Object.entries(texts).map(([path, text]) => [path.slice(path.lastIndexOf("/") + 1, -".md".length), parseGuide(text)]),
);
