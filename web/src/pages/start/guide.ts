/** A guide of docs/guides/start: the page shows the same text that the tests run. */
export interface Guide {
  title: string;
  intro: string;
  /** What is pasted first, where there is something to set up. */
  setup?: string;
  /** What is pasted to send. */
  send: string;
  next?: string;
  /** What was run, with which versions, or that it was not. */
  proof: string;
}

const address = "http://127.0.0.1:7171";
export const placeholder = "YOUR_KEY";

/** Reads a guide's Markdown. The form is fixed, and tests hold every guide to it. */
export function parseGuide(text: string): Guide {
  const [head = "", ...sections] = text.split(/^## /m);
  const by = new Map(sections.map((s) => [s.slice(0, s.indexOf("\n")), s.slice(s.indexOf("\n")).trim()]));
  const [title = "", ...intro] = head.trim().split("\n");
  const code = (name: string) => by.get(name)?.replace(/^```sh\n/, "").replace(/\n```$/, "");
  return {
    title: title.replace(/^# /, ""),
    intro: intro.join("\n").trim(),
    setup: code("Set up"),
    send: code("Send") ?? "",
    next: by.get("Next"),
    proof: by.get("Proof") ?? "",
  };
}

/** The text with this server's address and, once there is one, the key. */
export function fill(text: string, origin: string, key: string | undefined): string {
  const at = text.replaceAll(address, origin);
  return key ? at.replaceAll(placeholder, key) : at;
}

/** A piece of a line: words, or code. */
export interface Piece {
  text: string;
  code: boolean;
}

/** Splits a paragraph into words and code. A link to another guide becomes its words: the pages do not hold the guides. */
export function pieces(text: string): Piece[] {
  return text
    .replaceAll("\n", " ")
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .split("`")
    .map((piece, i) => ({ text: piece, code: i % 2 === 1 }))
    .filter((p) => p.text !== "");
}
