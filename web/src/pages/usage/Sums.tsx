import { Button, Skeleton } from "@mantine/core";
import type { ReactNode } from "react";
import { count, duration, money, plural } from "../../lib/format";
import type { Range } from "../../lib/period";
import type { UsageSearch } from "./search";
import { per, type Amount, type UsageRow } from "./model";
import { calls, questions } from "./query";
import { UsageLink } from "./UsageLink";
import classes from "./Usage.module.css";

const percent = new Intl.NumberFormat("en-US", { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** Money as the page writes it: a word where there is none. */
export function cost(a: Amount | undefined): string {
  if (!a) return "–";
  return a.amount ? money(a.amount, a.currency) : "mixed";
}

export function share(n: number, of: number): string {
  return of > 0 ? percent.format(n / of) : "–";
}

interface Props {
  answer: { range: Range; rows: UsageRow[] } | undefined;
  search: UsageSearch;
  onPrice: () => void;
}

/** What everything took, each number with what it means beside it. */
export function Sums({ answer, search, onPrice }: Props) {
  const row = answer?.rows[0];
  if (!answer || !row) return <dl className={classes.sums}>{titles.map((t) => <Sum key={t} title={t} />)}</dl>;
  const at = { search, range: answer.range };
  const values: Record<(typeof titles)[number], { big: ReactNode; beside: ReactNode }> = {
    Cost: {
      big: <UsageLink {...at} terms={`${calls} cost:*`} sort="-cost">{cost(row.cost)}</UsageLink>,
      beside: row.unpriced.n > 0 ? (
        <span className={classes.caution}>
          and <UsageLink {...at} terms={questions.unpriced.terms} count={row.unpriced.traces}>{plural(row.unpriced.n, "unpriced call")}</UsageLink>{" "}
          <Button variant="subtle" size="compact-xs" className={classes.inline} onClick={onPrice}>Set a price</Button>
        </span>
      ) : row.calls.n > 0 ? "every call is priced" : "",
    },
    "Per session": {
      big: row.sessions ? <UsageLink {...at} page="sessions" terms="session:*" count={row.sessions}>{cost(per(row.cost, row.sessions))}</UsageLink> : "–",
      beside: row.sessions ? plural(row.sessions, "session") : "no call names a session",
    },
    "Per good session": {
      big: row.good ? <UsageLink {...at} page="sessions" terms="session:*" count={row.sessions}>{cost(per(row.cost, row.good))}</UsageLink> : "–",
      beside: row.sessions ? <>{count(row.good)} went well, <UsageLink {...at} page="sessions" terms={questions.wrong.terms} count={row.wrong}>{count(row.wrong)}</UsageLink> did not</> : "",
    },
    "Failed calls": {
      big: <UsageLink {...at} terms={questions.failed.terms} count={row.failed.traces}>{count(row.failed.n)}</UsageLink>,
      beside: row.failed.n > 0 ? (row.lost ? `cost ${cost(row.lost)}` : "without a cost") : "",
    },
    Calls: {
      big: <UsageLink {...at} terms={calls} count={row.calls.traces}>{count(row.calls.n)}</UsageLink>,
      beside: <>in <UsageLink {...at} terms={calls} count={row.calls.traces}>{plural(row.calls.traces, "trace")}</UsageLink></>,
    },
    "Input tokens": {
      big: <UsageLink {...at} terms={calls} sort="-tokens" count={row.calls.traces}>{count(row.input)}</UsageLink>,
      beside: <><UsageLink {...at} terms={`${calls} cache_read_tokens>0`}>{share(row.cached, row.input)}</UsageLink> from the cache, {count(row.input - row.cached)} fresh</>,
    },
    "Output tokens": {
      big: <UsageLink {...at} terms={calls} sort="-tokens" count={row.calls.traces}>{count(row.output)}</UsageLink>,
      beside: `${share(row.output, row.input + row.output)} of all tokens`,
    },
    "Time of a call": {
      big: row.p50 === undefined ? "–" : <UsageLink {...at} terms={calls} sort="-duration" count={row.calls.traces}>{duration(row.p50)}</UsageLink>,
      beside: row.p95 === undefined ? "" : <>median; 95% within <UsageLink {...at} terms={`${calls} duration>${Math.floor(row.p95)}ms`} sort="-duration">{duration(row.p95)}</UsageLink></>,
    },
  };
  return <dl className={classes.sums}>{titles.map((t) => <Sum key={t} title={t} value={values[t]} />)}</dl>;
}

const titles = ["Cost", "Per session", "Per good session", "Failed calls", "Calls", "Input tokens", "Output tokens", "Time of a call"] as const;

function Sum({ title, value }: { title: string; value?: { big: ReactNode; beside: ReactNode } }) {
  return (
    <div>
      <dt className="muted">{title}</dt>
      <dd className={`${classes.big} num`}>{value ? value.big : <Skeleton height={18} width={72} mt={4} />}</dd>
      <dd className={`${classes.beside} muted num`}>{value ? value.beside : <Skeleton height={10} width={110} my={4} />}</dd>
    </div>
  );
}
