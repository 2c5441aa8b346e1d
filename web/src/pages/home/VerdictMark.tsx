import { IconArrowDownRight, IconArrowUpRight, IconQuestionMark, IconSparkles, type Icon } from "@tabler/icons-react";
import type { Verdict } from "./words";
import classes from "./Home.module.css";

const looks: Record<Verdict, { icon: Icon; text: string; means: string; className: string | undefined }> = {
  worse: { icon: IconArrowUpRight, text: "Worse", means: "More than chance explains", className: classes.worse },
  better: { icon: IconArrowDownRight, text: "Better", means: "Less than chance explains", className: classes.better },
  unclear: { icon: IconQuestionMark, text: "Cannot tell", means: "Within what chance explains; more traces would tell", className: "muted" },
  new: { icon: IconSparkles, text: "New", means: "There was nothing to compare with", className: classes.fresh },
};

/** A sign and a word; the colour only repeats them. */
export function VerdictMark({ value, exact }: { value: Verdict; exact?: boolean }) {
  const look = looks[value];
  return (
    <span className={`${classes.verdict} ${look.className}`} title={exact ? "An exact sum: chance has no part in it" : look.means}>
      <look.icon size={14} stroke={1.8} aria-hidden />
      {look.text}
    </span>
  );
}
