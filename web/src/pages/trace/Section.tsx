import type { ReactNode } from "react";
import classes from "./Trace.module.css";

/** A titled piece of a span's detail; what stands beside the title is short. */
export function Section({ title, beside, children }: { title: string; beside?: ReactNode; children: ReactNode }) {
  return (
    <section className={classes.section}>
      <div className={classes.sectionhead}><h3>{title}</h3>{beside}</div>
      {children}
    </section>
  );
}
