import { IconAlertCircle, IconAlertTriangle } from "@tabler/icons-react";
import { count, plural } from "../lib/format";
import type { Trouble } from "../lib/problems";
import classes from "./Problems.module.css";

/** The sign of a failure, a circle, or of a soft problem, a triangle. */
export function TroubleIcon({ hard, size = 13 }: { hard: boolean; size?: number }) {
  const Shape = hard ? IconAlertCircle : IconAlertTriangle;
  return <Shape size={size} stroke={1.8} className={hard ? classes.error : classes.soft} aria-hidden />;
}

/** What went wrong in a span, in one or two words each; where there is little room, only the first in words. */
export function TroubleMarks({ list, brief = false }: { list: readonly Trouble[]; brief?: boolean }) {
  return list.map((t, i) => (
    <span key={t.short} className={`${classes.mark} ${t.hard ? classes.error : classes.soft}`} title={`${t.short}: ${t.detail || t.means}`}>
      <TroubleIcon hard={t.hard} />
      {brief && i > 0 ? <span role="img" aria-label={t.short} /> : <span className="clip">{t.short}</span>}
    </span>
  ));
}

/** How many spans failed and how many went wrong softly; nothing where none did. */
export function TroubleCounts({ errors, soft, where = "" }: { errors: number; soft: number; where?: string }) {
  return (
    <>
      {errors > 0 && <Count hard n={errors} text={`${plural(errors, "span")} failed${where}`} />}
      {soft > 0 && <Count hard={false} n={soft} text={`${plural(soft, "span")} with a problem${where}`} />}
    </>
  );
}

function Count({ hard, n, text }: { hard: boolean; n: number; text: string }) {
  return (
    <span className={`${classes.mark} ${hard ? classes.error : classes.soft} num`} title={text}>
      <TroubleIcon hard={hard} />
      <span aria-label={text} role="img">{count(n)}</span>
    </span>
  );
}

/** Everything that went wrong in a span, with its detail. */
export function TroubleList({ list }: { list: readonly Trouble[] }) {
  if (list.length === 0) return null;
  return (
    <ul className={classes.list}>
      {list.map((t) => (
        <li key={t.short}>
          <TroubleIcon hard={t.hard} size={15} />
          <span className={`${classes.name} ${t.hard ? classes.error : classes.soft}`} title={t.means}>{t.short}</span>
          <span className="prose">{t.detail || t.means}</span>
        </li>
      ))}
    </ul>
  );
}
