import { Kbd, Modal } from "@mantine/core";
import { useState } from "react";
import { boundKeys, useKeys } from "../lib/keys";
import classes from "./KeyHelp.module.css";

const names: Record<string, string> = { ArrowDown: "↓", ArrowUp: "↑", ArrowLeft: "←", ArrowRight: "→", Escape: "Esc", " ": "Space" };

/** The list of the page's keys, opened by ? on every page. */
export function KeyHelp() {
  const [open, setOpen] = useState(false);
  useKeys("Everywhere", [{ keys: ["?"], what: "This list", run: () => setOpen(true) }]);
  return (
    <Modal opened={open} onClose={() => setOpen(false)} title="Keys of this page" size="md">
      {open && boundKeys().toReversed().map((group) => (
        <section key={group.title} className={classes.group}>
          <h3>{group.title}</h3>
          <dl className={classes.list}>
            {group.bindings.map((b) => (
              <div key={b.what} className={classes.line}>
                <dt>{b.keys.map((k) => <Kbd key={k}>{names[k] ?? k}</Kbd>)}</dt>
                <dd>{b.what}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </Modal>
  );
}
