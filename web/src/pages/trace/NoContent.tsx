import type { Span } from "../../api/types";
import { Snippet } from "../../components/Snippet";
import { contentHint } from "../../lib/contentOff";
import { Section } from "./Section";

/** Why a model call shows no messages, and what to set where it was emitted. */
export function NoContent({ span }: { span: Span }) {
  const hint = contentHint(span.mapper?.emitter);
  return (
    <Section title="No messages">
      <p>This call came without its messages: {hint.emitter} did not send them. {hint.note}</p>
      {hint.lines.length > 0 && <Snippet text={hint.lines.join("\n")} what="setting" />}
      <p className="muted">What it did send is under Attributes. Spans that are already here stay as they are.</p>
    </Section>
  );
}
