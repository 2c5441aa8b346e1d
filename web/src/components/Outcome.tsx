import { IconAlertCircle, IconAlertTriangle, IconCheck, IconClockHour4, type Icon } from "@tabler/icons-react";
import type { Trace } from "../api/types";
import classes from "./facts.module.css";

const looks: Record<Trace["outcome"], { icon: Icon; text: string; means: string; className: string | undefined }> = {
  ok: { icon: IconCheck, text: "OK", means: "It ended, and nothing went wrong on the way", className: classes.ok },
  error: { icon: IconAlertCircle, text: "Error", means: "It ended in error", className: classes.error },
  problem: { icon: IconAlertTriangle, text: "Problem", means: "It ended well, yet something went wrong on the way", className: classes.caution },
  unfinished: { icon: IconClockHour4, text: "Running", means: "A span has no end yet, or the root has not come in", className: classes.caution },
};

/** How a trace or session went as a whole: an icon and a word; the colour only repeats them. */
export function Outcome({ value }: { value: Trace["outcome"] }) {
  const look = looks[value] ?? looks.ok;
  return (
    <span className={`${classes.state} ${look.className}`} title={look.means}>
      <look.icon size={14} stroke={1.8} aria-hidden />
      {look.text}
    </span>
  );
}
