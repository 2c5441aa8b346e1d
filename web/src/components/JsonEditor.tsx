import { json } from "@codemirror/lang-json";
import { codeFolding, foldGutter, foldKeymap, HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { useEffect, useRef } from "react";

const colours = HighlightStyle.define([
  { tag: tags.propertyName, color: "var(--code-key)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--code-value)" },
]);

const look = EditorView.theme({
  "&": { fontSize: "12px", backgroundColor: "transparent" },
  "&.cm-focused": { outline: "2px solid var(--mantine-primary-color-filled)", outlineOffset: "1px" },
  ".cm-scroller": { fontFamily: "var(--mantine-font-family-monospace)", lineHeight: "18px" },
  ".cm-content": { padding: "0 24px 0 0", caretColor: "transparent" },
  ".cm-line": { padding: "0 0 0 2px" },
  ".cm-gutters": { backgroundColor: "transparent", border: "none", color: "var(--muted)", minWidth: "14px" },
  ".cm-foldGutter .cm-gutterElement": { cursor: "pointer", padding: "0 2px", fontSize: "12px" },
  ".cm-foldPlaceholder": { background: "var(--line-soft)", border: "1px solid var(--line)", color: "var(--muted)", padding: "0 4px" },
});

const extensions = [
  json(), codeFolding(), foldGutter(), keymap.of(foldKeymap), syntaxHighlighting(colours), look, EditorView.lineWrapping,
  EditorState.readOnly.of(true), EditorView.editable.of(false),
];

/** Read-only JSON in an editor: what is in sight is in the document, objects and lists fold. Loaded on demand. */
export default function JsonEditor({ text, what }: { text: string; what: string }) {
  const parent = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!parent.current) return;
    const labels = EditorView.contentAttributes.of({ "aria-label": `${what}, JSON`, tabindex: "0" });
    const view = new EditorView({ state: EditorState.create({ doc: text, extensions: [extensions, labels] }), parent: parent.current });
    return () => view.destroy();
  }, [text, what]);
  return <div ref={parent} />;
}
