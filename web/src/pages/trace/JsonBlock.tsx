import { Button } from "@mantine/core";
import { useMemo, useState, type ReactNode } from "react";
import { Copy } from "../../components/Copy";
import { count } from "../../lib/format";
import { fold, pretty } from "../../lib/message";
import classes from "./Trace.module.css";

/** A value as indented JSON, or plain text where it is one, with a copy button. */
export function JsonBlock({ value, what, limit = 6000 }: { value: unknown; what: string; limit?: number }) {
  const [open, setOpen] = useState(false);
  const text = useMemo(() => pretty(value), [value]);
  const { shown, hidden } = useMemo(() => fold(text, limit), [text, limit]);
  const isText = typeof value === "string";
  if (value === undefined || value === null) return <span className="muted">none</span>;
  const visible = open ? text : shown;
  return (
    <div style={{ position: "relative" }}>
      {isText
        ? <div className="prose" style={{ paddingRight: 24 }}>{visible}</div>
        : <pre className={classes.json} style={{ paddingRight: 24 }}>{visible.length < 200_000 ? withKeys(visible) : visible}</pre>}
      <span style={{ position: "absolute", top: 0, right: 0 }}><Copy text={text} what={what} /></span>
      {hidden > 0 && (
        <Button variant="subtle" size="compact-xs" onClick={() => setOpen(!open)}>
          {open ? "Show less" : `Show ${count(hidden)} more characters`}
        </Button>
      )}
    </div>
  );
}

/** Sets the keys off from the values, line by line. */
function withKeys(json: string): ReactNode[] {
  return json.split("\n").map((line, i) => {
    const m = /^(\s*)("(?:[^"\\]|\\.)*")(: .*)$/.exec(line);
    return (
      <span key={i}>
        {m ? <>{m[1]}<span className={classes.key}>{m[2]}</span>{m[3]}</> : line}
        {"\n"}
      </span>
    );
  });
}
