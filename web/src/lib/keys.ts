import { useEffect, useRef } from "react";

/**
 * Page-wide keys without modifiers. They rest while the reader types, while a menu, list or dialog is open, and on
 * links and buttons for Enter, which is theirs.
 */
export function useListKeys(handlers: Record<string, () => void>): void {
  const latest = useRef(handlers);
  useEffect(() => {
    latest.current = handlers;
  });
  useEffect(() => {
    const onKey = (e: KeyboardEvent) => {
      if (e.defaultPrevented || e.ctrlKey || e.metaKey || e.altKey) return;
      const handler = latest.current[e.key];
      if (!handler || rests(e)) return;
      e.preventDefault();
      handler();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
}

function rests(e: KeyboardEvent): boolean {
  const at = e.target as Element | null;
  if (document.querySelector("[role=dialog],[role=menu]")) return true;
  if (at?.closest("input,textarea,select,[contenteditable=true],[role=listbox],[role=tablist],[role=separator]")) return true;
  return (e.key === "Enter" || e.key === " ") && Boolean(at?.closest("a,button,summary"));
}
