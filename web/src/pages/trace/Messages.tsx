import { Button } from "@mantine/core";
import { IconArrowBackUp, IconTool } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import type { Message, Part } from "../../api/types";
import { Copy } from "../../components/Copy";
import { JsonView } from "../../components/JsonView";
import { count } from "../../lib/format";
import { fold, plain, view, type View } from "../../lib/message";
import { Media } from "./Media";
import { oneLine } from "./preview";
import classes from "./Trace.module.css";

/** How many messages show before the reader asks for the rest: the first ones and the last ones say what it was about. */
const shownAtEnds = 12;

export function Messages({ messages }: { messages: readonly Message[] }) {
  const [all, setAll] = useState(false);
  const cut = !all && messages.length > shownAtEnds * 2 + 2;
  const head = cut ? messages.slice(0, shownAtEnds) : messages;
  const tail = cut ? messages.slice(-shownAtEnds) : [];
  return (
    <>
      {head.map((m, i) => <One key={i} message={m} />)}
      {cut && (
        <Button variant="default" fullWidth mb={8} onClick={() => setAll(true)}>
          Show {count(messages.length - shownAtEnds * 2)} more messages
        </Button>
      )}
      {tail.map((m, i) => <One key={messages.length - shownAtEnds + i} message={m} />)}
    </>
  );
}

function One({ message }: { message: Message }) {
  return (
    <article className={classes.message} aria-label={`${message.role} message`}>
      <div className={classes.messagehead}>
        <span>{message.role || "(no role)"}{message.name && <span className="muted"> {message.name}</span>}</span>
        {message.finish_reason && <span className="muted" title="finish reason">{message.finish_reason}</span>}
        <Copy text={() => plain(message)} what="message" />
      </div>
      <div className={classes.parts}><Parts parts={message.parts} /></div>
    </article>
  );
}

/** The parts of a message; brief ones show calls and results on a line. */
export function Parts({ parts, brief = false }: { parts: readonly Part[]; brief?: boolean }) {
  if (parts.length === 0) return <span className="muted">empty</span>;
  return parts.map((part, i) => <PartView key={i} part={part} brief={brief} />);
}

function PartView({ part, brief }: { part: Part; brief: boolean }) {
  const v = useMemo(() => view(part), [part]);
  switch (v.as) {
    case "text":
      return <LongText text={v.text} limit={brief ? 1200 : undefined} />;
    case "reasoning":
      return (
        <details className={classes.folded}>
          <summary>Reasoning, {count(v.text.length)} characters</summary>
          <LongText text={v.text || "The provider withheld the text."} />
        </details>
      );
    case "call":
    case "result":
      return <Call view={v} brief={brief} />;
    case "image":
    case "audio":
    case "file":
      return <Media view={v} />;
    case "json":
      return brief ? <span className="mono prose">{oneLine(v.value)}</span> : <JsonView value={v.value} what="JSON" />;
  }
}

function Call({ view: v, brief }: { view: Extract<View, { as: "call" | "result" }>; brief: boolean }) {
  const call = v.as === "call";
  const Sign = call ? IconTool : IconArrowBackUp;
  const nothing = v.value === undefined || v.value === null || v.value === "";
  return (
    <div className={classes.call}>
      <div className={classes.callhead}>
        <Sign size={14} aria-hidden />
        <span>{call ? "calls" : "result of"} <b>{v.name || "tool"}</b></span>
        {v.id && !brief && <span className={`${classes.callid} mono muted clip`} title="call id">{v.id}</span>}
      </div>
      {nothing && !brief && <span className="muted">{call ? "no arguments" : "no result"}</span>}
      {!nothing && brief && <span className="mono prose">{oneLine(v.value)}</span>}
      {!nothing && !brief && <JsonView value={v.value} what={call ? "arguments" : "result"} />}
    </div>
  );
}

/** Text as it came. A long one starts folded and says how much is left. */
export function LongText({ text, limit }: { text: string; limit?: number }) {
  const [open, setOpen] = useState(false);
  const { shown, hidden } = useMemo(() => fold(text, limit), [text, limit]);
  return (
    <div>
      <div className="prose">{open ? text : shown}</div>
      {hidden > 0 && (
        <Button variant="subtle" size="compact-xs" onClick={() => setOpen(!open)}>
          {open ? "Show less" : `Show ${count(hidden)} more characters`}
        </Button>
      )}
    </div>
  );
}
