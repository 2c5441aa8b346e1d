import { Skeleton } from "@mantine/core";
import type { Home } from "../../api/types";
import { Row } from "./Row";
import { groups, type HomeRow } from "./words";
import classes from "./Home.module.css";

/** Rows of cost say how much, whatever changed; they ask for nobody. */
function calls(row: HomeRow): boolean {
  return row.kind !== "cost" && row.verdict !== "better";
}

/** Everything that changed, in groups; a report without anything that needs somebody says so in one line. */
export function Groups({ report, env }: { report: Home | undefined; env: string | undefined }) {
  if (!report) return <Waiting />;
  const most = Math.max(0.01, ...report.rows.flatMap((r) => (r.kind === "failing" && r.low !== null && r.high !== null ? [Math.abs(r.low), Math.abs(r.high)] : [])));
  return (
    <>
      {!report.rows.some(calls) && <p className={classes.line}>Nothing fails, nothing is new, nothing is slower, and nothing was turned away.</p>}
      {report.rows.length > 0 && (
        <table className={classes.table} aria-label="What changed">
          <colgroup>
            <col className={classes.kind} />
            <col />
            <col className={classes.now} />
            <col className={classes.before} />
            <col className={classes.by} />
            <col className={classes.said} />
          </colgroup>
          <thead>
            <tr>
              <th scope="col" colSpan={2}>What</th>
              <th scope="col">Now</th>
              <th scope="col">Before</th>
              <th scope="col" title="Of shares in percentage points. With 95% confidence the change lies between the two numbers">Change, 95% interval</th>
              <th scope="col">Verdict</th>
            </tr>
          </thead>
          {groups.map((g) => {
            const rows = report.rows.filter((r) => g.kinds.includes(r.kind));
            if (rows.length === 0) return null;
            return (
              <tbody key={g.title}>
                <tr className={classes.group}>
                  <th scope="rowgroup" colSpan={6}><h2>{g.title}</h2> <span className="muted">{g.about}</span></th>
                </tr>
                {rows.map((row) => <Row key={`${row.kind} ${row.field} ${row.value}`} row={row} report={report} env={env} most={most} />)}
              </tbody>
            );
          })}
        </table>
      )}
    </>
  );
}

function Waiting() {
  return (
    <div role="status" aria-label="Comparing the two periods" className={classes.waiting}>
      {Array.from({ length: 8 }, (_, i) => <Skeleton key={i} height={14} width={`${[62, 48, 70, 55][i % 4]}%`} />)}
    </div>
  );
}
