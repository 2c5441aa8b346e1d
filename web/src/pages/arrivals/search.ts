/** What the page of arrivals keeps in its URL: only what was refused, the row that is unfolded, and whether all show. */
export interface ArrivalsSearch {
  refused?: "1";
  row?: string;
  all?: "1";
}

export function arrivalsSearch(raw: Record<string, unknown>): ArrivalsSearch {
  return {
    ...(raw.refused === "1" && { refused: "1" as const }),
    ...(typeof raw.row === "string" && raw.row !== "" && { row: raw.row }),
    ...(raw.all === "1" && { all: "1" as const }),
  };
}
