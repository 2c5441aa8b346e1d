import { Button, EmptyState, Group, Loader } from "@mantine/core";
import { IconZoomQuestion } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { whyEmptyQuery } from "../api/explore";
import type { WouldShow } from "../api/types";
import { count, plural } from "../lib/format";
import { around, isCustom, resolve } from "../lib/period";
import type { ListSearch, ShellSearch } from "../lib/search";
import { ago, local } from "../lib/time";
import { useSession } from "../session";
import { ErrorNote } from "./ErrorNote";
import classes from "./EmptyList.module.css";
import { LinkButton } from "./LinkButton";

interface Props {
  list: "traces" | "sessions";
  search: ShellSearch & ListSearch;
}

const beginning = "2000-01-01T00:00:00.000Z";
const mostOffers = 3;

/** Says why nothing shows, and offers in one click each what would show something. */
export function EmptyList({ list, search }: Props) {
  const session = useSession();
  const navigate = useNavigate();
  const noun = list === "traces" ? "trace" : "session";
  const { data, error, refetch } = useQuery(whyEmptyQuery(session, list, search));
  if (error) return <div className={classes.fill}><ErrorNote error={error} onRetry={() => void refetch()} /></div>;
  if (!data) return <div className={classes.fill}><Loader size="sm" mx="auto" /></div>;

  const change = (next: ShellSearch & ListSearch) => void navigate({ to: ".", search: ((old: object) => ({ ...old, ...next })) as never });
  const { without_filter: unfiltered, without_range: ever } = data;
  const newest = ever.newest;
  const range = resolve(search);
  const projects = data.projects.slice(0, mostOffers);
  const icon = <IconZoomQuestion size={36} stroke={1.3} aria-hidden />;
  const others = projects.map((p) => (
    <Button key={`p ${p.name}`} variant="default" onClick={() => change({ project: p.name === session.me.project ? undefined : p.name })}>
      Project {p.name}: {plural(p.count, noun)}
    </Button>
  ));
  if (data.newest === null) {
    return (
      <div className={classes.fill}>
        <EmptyState
          icon={icon}
          title={`The project ${session.project} has no ${noun}s yet`}
          description={list === "sessions" ? "A session is there as soon as a span names one, by session.id or gen_ai.conversation.id." : undefined}
        >
          <Group justify="center" mt="sm" gap="xs">
            {list === "traces" && <LinkButton to="/start">Send the first trace</LinkButton>}
            {others}
          </Group>
        </EmptyState>
      </div>
    );
  }
  return (
    <div className={classes.fill}>
      <EmptyState
        icon={icon}
        title={title(noun, search)}
        description={
          <>
            Looked from {local(range.from)} to {isCustom(search) ? local(range.to) : "now"}.{" "}
            {newest
              ? <>The newest {search.filter || search.env ? "match" : noun} is from {local(newest)}, {ago(newest)}.</>
              : <>No {noun} of any time matches.</>}
          </>
        }
      >
        <Group justify="center" mt="sm" gap="xs">
          {newest && (
            <Button onClick={() => change({ ...around(newest), period: undefined })}>Show the newest {search.filter || search.env ? "match" : noun}</Button>
          )}
          {newest && (
            <Button variant="default" onClick={() => change({ period: undefined, from: beginning, to: undefined })}>All time: {amount(ever, noun)}</Button>
          )}
          {unfiltered?.newest && (
            <Button variant="default" onClick={() => change({ filter: undefined, view: undefined })}>Drop the filter: {amount(unfiltered, noun)}</Button>
          )}
          {search.env && data.environments.length > 0 && (
            <Button variant="default" onClick={() => change({ env: undefined })}>
              All environments: {count(data.environments.reduce((sum, e) => sum + e.count, 0))}
            </Button>
          )}
          {data.environments.filter((e) => e.name).slice(0, mostOffers).map((e) => (
            <Button key={`e ${e.name}`} variant="default" onClick={() => change({ env: e.name })}>{e.name}: {plural(e.count, noun)}</Button>
          ))}
          {others}
        </Group>
      </EmptyState>
    </div>
  );
}

/** "12 traces", or that there are some where counting took too long. */
function amount(would: WouldShow, noun: string): string {
  return would.count === null ? `some ${noun}s` : plural(would.count, noun);
}

function title(noun: string, search: ShellSearch & ListSearch): string {
  if (search.filter && search.env) return `No ${noun} in ${search.env} matches the filter in this period`;
  if (search.filter) return `No ${noun} matches the filter in this period`;
  if (search.env) return `No ${noun} in ${search.env} in this period`;
  return `No ${noun}s in this period`;
}
