import { useEffect, useRef } from "react";

/** One thing that a key does on a page. */
export interface Binding {
  /** The names of KeyboardEvent.key; each of them does it. */
  keys: string[];
  /** What it does, for the list of keys: "next span". */
  what: string;
  run: () => void;
}

interface Group {
  title: string;
  bindings: Binding[];
}

const groups = new Set<{ current: Group }>();

/** What the keys of everything on the page do, in the order in which it came onto the page; for the list of keys. */
export function boundKeys(): Group[] {
  const byTitle = new Map<string, Group>();
  for (const { current } of groups) {
    const same = byTitle.get(current.title);
    byTitle.set(current.title, { title: current.title, bindings: [...(same?.bindings ?? []), ...current.bindings] });
  }
  return [...byTitle.values()];
}

/**
 * Page-wide keys without modifiers. They rest while the reader types, while a menu, list or dialog is open, and where the
 * focused element has a use for the key itself.
 */
export function useKeys(title: string, bindings: Binding[]): void {
  const latest = useRef<Group>({ title, bindings });
  useEffect(() => {
    latest.current = { title, bindings };
  });
  useEffect(() => {
    groups.add(latest);
    const onKey = (e: KeyboardEvent) => {
      // AltGr writes [ and ] on many keyboards, and reports itself as Ctrl and Alt.
      const modified = e.metaKey || ((e.ctrlKey || e.altKey) && !e.getModifierState("AltGraph"));
      if (e.defaultPrevented || modified) return;
      const binding = latest.current.bindings.find((b) => b.keys.includes(e.key));
      if (!binding || rests(e)) return;
      e.preventDefault();
      binding.run();
    };
    document.addEventListener("keydown", onKey);
    return () => {
      groups.delete(latest);
      document.removeEventListener("keydown", onKey);
    };
  }, []);
}

const chosen = "input[type=radio],input[type=checkbox],[role=tablist],[role=separator],summary";

function rests(e: KeyboardEvent): boolean {
  const at = e.target as Element | null;
  if (document.querySelector("[role=dialog],[role=menu]")) return true;
  if (at?.closest("input:not([type=radio],[type=checkbox]),textarea,select,[contenteditable=true],[role=listbox]")) return true;
  const moves = /^(Arrow|Home|End|Page|Enter| )/.test(e.key);
  if (moves && at?.closest(chosen)) return true;
  return (e.key === "Enter" || e.key === " ") && Boolean(at?.closest("a,button"));
}
