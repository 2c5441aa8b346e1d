import { useLocalStorage } from "@mantine/hooks";
import { useMemo } from "react";
import { parseLayout, printLayout, type LaidOut } from "../../lib/layout";
import { useSession } from "../../session";
import { allColumns } from "./columns";

/**
 * The columns: those of the address, else the reader's own in this browser, else undefined, which means what is filled.
 * A change is remembered, and follows into an address that names columns.
 */
export function useLayout(cols: string | undefined, onCols: (cols: string | undefined) => void) {
  const { me } = useSession();
  const [kept, keep] = useLocalStorage<string>({ key: `steward.traces.layout.${me.principal.id}`, defaultValue: "", getInitialValueInEffect: false });
  const layout = useMemo(() => parseLayout(cols ?? kept, allColumns), [cols, kept]);
  const change = (next: LaidOut[] | undefined) => {
    const text = next ? printLayout(next) : "";
    keep(text);
    if (cols !== undefined) onCols(text || undefined);
  };
  return [layout, change] as const;
}
