import { Link } from "@tanstack/react-router";
import type { Home } from "../../api/types";
import { LinkButton } from "../../components/LinkButton";
import { failing } from "../../lib/problems";
import { count, duration, money, plural } from "../../lib/format";
import type { Range } from "../../lib/period";
import { minus } from "../../lib/totals";
import { IntervalBar } from "./IntervalBar";
import { RowsLink } from "../../components/RowsLink";
import counted from "../../components/RowsLink.module.css";
import { slower } from "./Totals";
import { VerdictMark } from "./VerdictMark";
import { change, number, part, relative, subject, unit, withoutEnvironment, type HomeRow } from "./words";
import classes from "./Home.module.css";

interface Props {
  row: HomeRow;
  report: Home;
  env: string | undefined;
  /** The largest change among the rows, for the common scale of their intervals. */
  most: number;
}

export function Row({ row, report, env, most }: Props) {
  const { field, name } = subject(row);
  const filter = withoutEnvironment(row.link.filter, env);
  const now = { from: report.from, to: report.to };
  const before = { from: report.prior, to: report.from };
  return (
    <tr>
      <td className="muted">{field}</td>
      <th scope="row" className={`${classes.name} ${row.field === "error" ? "mono" : ""}`} title={name}>{name}</th>
      <td className="num"><Now row={row} range={now} filter={filter} /></td>
      <td className="num"><Before row={row} range={before} filter={filter} /></td>
      <td className="num"><Change row={row} most={most} /></td>
      <td><VerdictMark value={row.verdict} exact={row.kind === "cost"} /></td>
    </tr>
  );
}

interface CellProps {
  row: HomeRow;
  range: Range;
  filter: string | undefined;
}

function Now({ row, range, filter }: CellProps) {
  const { page, sort, count: rows } = row.link;
  if (page === "doctor") return <>{number(row)}</>;
  if (page === "arrivals") {
    return (
      <>
        <Link to="/settings/arrivals" search={(row.kind === "refused" ? { refused: "1" } : {}) as never} className={`num ${counted.number}`} title={`Opens ${plural(rows, "client")}`}>{number(row)}</Link> {unit(row)}
      </>
    );
  }
  const link = <RowsLink page={page} range={range} filter={filter} sort={sort || undefined} count={rows}>{number(row)}</RowsLink>;
  if (row.kind !== "failing") return <>{link} {unit(row)}</>;
  return (
    <>
      {link} of <RowsLink page={page} range={range} filter={whole(filter)} count={row.of}>{count(row.of)}</RowsLink> {unit(row)}{" "}
      <span className="muted">{part(row.number, row.of)}</span>
    </>
  );
}

/** The filter of everything that the failing ones are among. */
function whole(filter: string | undefined): string | undefined {
  return filter?.endsWith(` ${failing}`) ? filter.slice(0, -failing.length - 1) : filter;
}

function Before({ row, range, filter }: CellProps) {
  const { page, sort } = row.link;
  if (page === "doctor" || page === "arrivals") return null;
  switch (row.kind) {
    case "failing":
      if (row.of_prior === 0) return <span className="muted">not seen</span>;
      return (
        <>
          <RowsLink page={page} range={range} filter={filter} count={row.before}>{count(row.before)}</RowsLink> of{" "}
          <RowsLink page={page} range={range} filter={whole(filter)} count={row.of_prior}>{count(row.of_prior)}</RowsLink>{" "}
          <span className="muted">{part(row.before, row.of_prior)}</span>
        </>
      );
    case "cost":
      if (!row.cost_before?.currency) return <span className="muted">none</span>;
      return <RowsLink page={page} range={range} filter={filter} sort={sort || undefined}>{money(row.cost_before.amount, row.cost_before.currency)}</RowsLink>;
    case "latency":
      return <RowsLink page={page} range={range} filter={slower(row.before)} sort={sort || undefined}>{duration(row.before)}</RowsLink>;
    default:
      return <span className="muted">–</span>;
  }
}

function Change({ row, most }: { row: HomeRow; most: number }) {
  const { low, high } = row;
  switch (row.kind) {
    case "failing":
      if (low === null || high === null) return null;
      return (
        <span className={classes.change}>
          <span className={classes.delta}>{change(row.number / row.of - row.before / row.of_prior)}</span>
          <IntervalBar low={low} high={high} at={row.number / row.of - row.before / row.of_prior} most={most} />
          <span className="muted">{change(low)} to {change(high)}</span>
        </span>
      );
    case "cost": {
      const by = row.cost_now && row.cost_before && minus(row.cost_now, row.cost_before);
      if (!by) return null;
      return (
        <span className={classes.change}>
          <span className={classes.delta}>{by.amount.startsWith("-") ? `−${money(by.amount.slice(1), by.currency)}` : `+${money(by.amount, by.currency)}`}</span>
          <span className="muted">{relative(Number(row.cost_now?.amount), Number(row.cost_before?.amount))}</span>
        </span>
      );
    }
    case "latency":
      return (
        <span className={classes.change}>
          <span className={classes.delta}>{relative(row.number, row.before)}</span>
          {low !== null && high !== null && <span className="muted">now {duration(low)} to {duration(high)}</span>}
        </span>
      );
    case "unpriced":
      return <LinkButton variant="subtle" size="compact-xs" ml={-8} to="/usage" search={{ price: row.value } as never}>Set a price</LinkButton>;
    case "refused":
    case "rejected":
      return <LinkButton variant="subtle" size="compact-xs" ml={-8} to="/settings/arrivals">Who, and what to change</LinkButton>;
    case "disk":
      return <span className="muted"><code>steward doctor</code> says what takes the room</span>;
    default:
      return null;
  }
}
