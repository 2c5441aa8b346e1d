import { Progress } from "@mantine/core";
import type { Span } from "../../api/types";
import { count } from "../../lib/format";
import classes from "./Trace.module.css";

/** Which part of the model's window a call's input took; undefined where one of them is not known. */
export function contextPart(span: Span): number | undefined {
  const window = span.model?.context_window;
  const input = Number(span.usage?.input_tokens ?? 0);
  return span.kind === "llm" && window && input ? input / window : undefined;
}

/** How full the model's context was. */
export function ContextUse({ span }: { span: Span }) {
  const part = contextPart(span);
  if (part === undefined) return null;
  const window = span.model.context_window ?? 0;
  return (
    <span className={classes.context} title={`${count(span.usage?.input_tokens)} of ${count(window)} tokens that the model takes in`}>
      <Progress value={Math.min(100, part * 100)} w={60} size={6} color={part > 0.9 ? "orange" : undefined} aria-label="Context used" />
      <span className="num">{part < 0.01 ? "<1" : Math.round(part * 100)}% of {count(window)}</span>
    </span>
  );
}
