import { IconMessageOff } from "@tabler/icons-react";
import { Copy } from "../../components/Copy";
import { LinkButton } from "../../components/LinkButton";
import { count, plural } from "../../lib/format";
import classes from "./Arrivals.module.css";
import { settings, type SilentEmitter } from "./findings";

/** Emitters of which model calls came without messages: how many, the exact setting that turns them on, and the calls. */
export function SilentNotes({ emitters }: { emitters: SilentEmitter[] }) {
  if (emitters.length === 0) return null;
  return (
    <section aria-labelledby="silent" className={classes.section}>
      <h2 id="silent">Model calls without messages</h2>
      <p className="muted">
        These came in the last hour with tokens and times, but without what was asked and answered: the instrumentation
        withholds it until it is told otherwise. Calls that are here already stay as they are.
      </p>
      {emitters.map((s) => <Note key={s.emitter} silent={s} />)}
    </section>
  );
}

function Note({ silent: s }: { silent: SilentEmitter }) {
  return (
    <div className={classes.finding}>
      <IconMessageOff size={16} aria-hidden className={classes.warn} />
      <div>
        <div>
          <b>{s.emitter || "An emitter that was not recognised"}</b>: {count(s.without)} of {plural(Number(s.calls), "model call")} without messages
          {s.scopes.length > 0 && <span className="muted"> · {s.scopes.join(", ")}</span>}
        </div>
        {s.settings.map((setting) => <Setting key={setting} text={setting} />)}
        <div className={classes.rows}>
          <LinkButton variant="subtle" size="compact-xs" ml={-8} to="/traces" search={{ filter: s.filter, period: "1h" }}>
            Show the {plural(Number(s.without), "call")}
          </LinkButton>
        </div>
      </div>
    </div>
  );
}

/** A setting in words, and what of it can be pasted as it stands. */
function Setting({ text }: { text: string }) {
  const found = settings(text);
  const pasted = found.length > 0 ? found : [text];
  return (
    <div>
      {pasted[0] !== text && <div>{text}</div>}
      {pasted.map((p) => <div key={p} className={classes.setting}><code>{p}</code><Copy text={p} what="setting" /></div>)}
    </div>
  );
}
