import { Button, EmptyState, Group, Loader } from "@mantine/core";
import { IconZoomQuestion } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { newestTraceQuery } from "../../api/queries";
import { combine } from "../../lib/filter";
import { around, isCustom, periods, wider, type Range } from "../../lib/period";
import type { ListSearch, ShellSearch } from "../../lib/search";
import { ago, local } from "../../lib/time";
import { useSession } from "../../session";
import { FirstTrace } from "./FirstTrace";
import classes from "./Traces.module.css";

interface Props {
  search: ShellSearch & ListSearch;
  range: Range | undefined;
}

/** Says why nothing shows, and offers the change that would show something. */
export function EmptyTraces({ search, range }: Props) {
  const session = useSession();
  const navigate = useNavigate({ from: "/traces" });
  const any = useQuery(newestTraceQuery(session, undefined));
  const matching = useQuery({
    ...newestTraceQuery(session, combine(search.filter, search.env).text),
    enabled: Boolean(any.data) && Boolean(search.filter || search.env),
  });
  if (any.isPending || matching.isLoading) return <div className={classes.fill}><Loader size="sm" mx="auto" /></div>;
  if (any.data === null) return <div className={classes.fill}><FirstTrace /></div>;

  const narrowed = Boolean(search.filter || search.env);
  const elsewhere = narrowed ? matching.data : any.data;
  const change = (next: ShellSearch & ListSearch) => void navigate({ search: (old) => ({ ...old, ...next }) });
  const longer = wider(search);
  return (
    <div className={classes.fill}>
      <EmptyState
        icon={<IconZoomQuestion size={36} stroke={1.3} aria-hidden />}
        title={title(search)}
        description={
          <>
            {range && <>Looked from {local(range.from)} to {isCustom(search) ? local(range.to) : "now"}. </>}
            {elsewhere && <>The newest {narrowed ? "match" : "trace"} is from {local(elsewhere.start)}, {ago(elsewhere.start)}.</>}
            {!elsewhere && narrowed && <>No trace of any time matches.</>}
          </>
        }
      >
        <Group justify="center" mt="sm" gap="xs">
          {elsewhere && <Button onClick={() => change({ ...around(elsewhere.start), period: undefined })}>Show the newest {narrowed ? "match" : "trace"}</Button>}
          {longer && elsewhere && (
            <Button variant="default" onClick={() => change({ period: longer, from: undefined, to: undefined })}>
              {periods[longer].label}
            </Button>
          )}
          {search.filter && <Button variant="default" onClick={() => change({ filter: undefined })}>Drop the filter</Button>}
          {search.env && <Button variant="default" onClick={() => change({ env: undefined })}>All environments</Button>}
        </Group>
      </EmptyState>
    </div>
  );
}

function title(search: ShellSearch & ListSearch): string {
  if (search.filter && search.env) return `No trace in ${search.env} matches the filter in this period`;
  if (search.filter) return "No trace matches the filter in this period";
  if (search.env) return `No trace in ${search.env} in this period`;
  return "No traces in this period";
}
