import type { ReactNode } from "react";
import { RowsLink } from "../../components/RowsLink";
import { quote } from "../../lib/filter";
import type { Range } from "../../lib/period";
import { join } from "./query";
import type { Split, UsageSearch } from "./search";

/** What a number is about: the reader's filter, and the value of the split that it belongs to. */
export interface About {
  search: UsageSearch;
  range: Range;
  by?: Split;
  name?: string;
}

interface Props extends About {
  page?: "traces" | "sessions";
  terms?: string;
  sort?: string;
  count?: number;
  children: ReactNode;
}

/** A number of the page, leading to exactly the rows that it counts. */
export function UsageLink({ search, range, by, name, page = "traces", terms = "", sort, count, children }: Props) {
  const value = by ? (name ? `${by}:${quote(name)}` : `NOT ${by}:*`) : "";
  const filter = join(search.filter, [value, terms].filter(Boolean).join(" "));
  return <RowsLink page={page} range={range} filter={filter} sort={sort} count={count}>{children}</RowsLink>;
}
