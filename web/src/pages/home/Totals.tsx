import { Skeleton } from "@mantine/core";
import type { ReactNode } from "react";
import type { Home } from "../../api/types";
import { count, duration, money } from "../../lib/format";
import { failing } from "../../lib/problems";
import type { Range } from "../../lib/period";
import { RowsLink } from "../../components/RowsLink";
import { change, part, relative } from "./words";
import classes from "./Home.module.css";

type Sums = Home["now"];

interface Total {
  title: string;
  /** The number of one period as a link to its rows. */
  show: (sums: Sums, range: Range) => ReactNode;
  change: (now: Sums, before: Sums) => string;
}

const totals: Total[] = [
  {
    title: "Traces",
    show: (s, range) => <RowsLink page="traces" range={range} count={s.traces}>{count(s.traces)}</RowsLink>,
    change: (now, before) => relative(now.traces, before.traces),
  },
  {
    title: "Failing",
    show: (s, range) => (
      <>
        <RowsLink page="traces" range={range} filter={failing} count={s.failing}>{count(s.failing)}</RowsLink>
        {s.traces > 0 && <span className={classes.small}> {part(s.failing, s.traces)}</span>}
      </>
    ),
    change: (now, before) => (now.traces && before.traces ? `${change(now.failing / now.traces - before.failing / before.traces)} points` : ""),
  },
  {
    title: "Cost",
    show: (s, range) =>
      s.cost ? <RowsLink page="traces" range={range} filter="cost:*" sort="-cost">{money(s.cost.amount, s.cost.currency)}</RowsLink> : <span title="Nothing is priced, or in several currencies">–</span>,
    change: (now, before) => (now.cost && before.cost && now.cost.currency === before.cost.currency ? relative(Number(now.cost.amount), Number(before.cost.amount)) : ""),
  },
  {
    title: "95th percentile",
    show: (s, range) =>
      s.p95_ms ? <RowsLink page="traces" range={range} filter={slower(s.p95_ms)} sort="-duration">{duration(s.p95_ms)}</RowsLink> : <span title="No trace ended">–</span>,
    change: (now, before) => (now.p95_ms ? relative(now.p95_ms, before.p95_ms) : ""),
  },
];

/** Traces that took as long as the percentile, or longer. */
export function slower(ms: number): string {
  return `root:true duration>${Math.floor(ms)}ms`;
}

/** The line of sums: now, before, and the change. */
export function Totals({ report }: { report: Home | undefined }) {
  return (
    <dl className={classes.totals}>
      {totals.map((t) => (
        <div key={t.title}>
          <dt className="muted">{t.title}</dt>
          <dd>
            <div className={classes.big}>{report ? t.show(report.now, { from: report.from, to: report.to }) : <Skeleton height={20} width={72} mt={4} />}</div>
            <div className={`${classes.against} muted num`}>
              {report ? (
                <>
                  before {t.show(report.before, { from: report.prior, to: report.from })}
                  {t.change(report.now, report.before) && <span>{t.change(report.now, report.before)}</span>}
                </>
              ) : (
                <Skeleton height={10} width={110} my={4} />
              )}
            </div>
          </dd>
        </div>
      ))}
    </dl>
  );
}
