import { Button } from "@mantine/core";
import { lazy, Suspense, useMemo, useState } from "react";
import { Copy } from "./Copy";
import { count } from "../lib/format";
import { fold, pretty } from "../lib/message";
import classes from "./JsonView.module.css";

const Editor = lazy(() => import("./JsonEditor"));

interface Props {
  value: unknown;
  /** What it is, for the copy button: "arguments". */
  what: string;
  /** Characters that show before the reader asks for the rest. */
  limit?: number;
}

/** A value as indented JSON whose objects and lists fold, or as plain text where it is one; with a copy button. */
export function JsonView({ value, what, limit = 6000 }: Props) {
  const [open, setOpen] = useState(false);
  const text = useMemo(() => pretty(value), [value]);
  const { shown, hidden } = useMemo(() => fold(text, limit), [text, limit]);
  if (value === undefined || value === null) return <span className="muted">none</span>;
  const visible = open ? text : shown;
  return (
    <div className={classes.box}>
      {typeof value === "string"
        ? <div className={`prose ${classes.text}`}>{visible}</div>
        : <Suspense fallback={<pre className={classes.plain}>{visible}</pre>}><Editor text={visible} what={what} /></Suspense>}
      <span className={classes.copy}><Copy text={text} what={what} /></span>
      {hidden > 0 && (
        <Button variant="subtle" size="compact-xs" onClick={() => setOpen(!open)}>
          {open ? "Show less" : `Show ${count(hidden)} more characters`}
        </Button>
      )}
    </div>
  );
}
