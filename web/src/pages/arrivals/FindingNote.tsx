import { IconAlertTriangle, IconInfoCircle } from "@tabler/icons-react";
import { Copy } from "../../components/Copy";
import classes from "./Arrivals.module.css";
import { harmless, headline, settings, type Finding } from "./findings";

/** What is wrong with an arrival, what mends it, and the setting to copy. */
export function FindingNote({ finding }: { finding: Finding }) {
  const Icon = harmless(finding) ? IconInfoCircle : IconAlertTriangle;
  const found = settings(finding.fix);
  return (
    <div className={classes.finding}>
      <Icon size={16} aria-hidden className={harmless(finding) ? classes.info : classes.warn} />
      <div>
        <div><b>{headline(finding)}</b>{finding.what && <>: {finding.what}</>}</div>
        <div>{finding.fix}</div>
        {found.map((s) => (
          <div key={s} className={classes.setting}><code>{s}</code><Copy text={s} what="setting" /></div>
        ))}
      </div>
    </div>
  );
}
