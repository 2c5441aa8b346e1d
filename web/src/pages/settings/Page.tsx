import { Title } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./Settings.module.css";

/** A settings page: what it is about, one sentence, its main action, its content. */
export function Page({ title, about, action, children }: { title: string; about: string; action?: ReactNode; children: ReactNode }) {
  return (
    <div className={classes.scroll}>
      <div className={classes.page}>
        <div className={classes.head}>
          <div>
            <Title order={1}>{title}</Title>
            <p className={`${classes.about} muted`}>{about}</p>
          </div>
          {action}
        </div>
        {children}
      </div>
    </div>
  );
}
