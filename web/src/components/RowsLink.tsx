import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { plural } from "../lib/format";
import type { Range } from "../lib/period";
import classes from "./RowsLink.module.css";

interface Props {
  page: "traces" | "sessions";
  range: Range;
  filter?: string;
  sort?: string;
  /** How many rows the list then has, where that is known. */
  count?: number;
  children: ReactNode;
}

/** A number that leads to the rows behind it, at the very times of the report, so that the list has as many. */
export function RowsLink({ page, range, filter, sort, count, children }: Props) {
  if (count === 0) return <span className="num">{children}</span>;
  const one = page.slice(0, -1);
  return (
    <Link
      to={`/${page}`}
      search={{ filter, sort, from: range.from, to: range.to, period: undefined } as never}
      className={`num ${classes.number}`}
      title={count === undefined ? `Opens the ${page} behind it` : `Opens ${plural(count, one)}`}
    >
      {children}
    </Link>
  );
}
