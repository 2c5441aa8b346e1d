import { ActionIcon, Title, Tooltip } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { useRef } from "react";
import { ErrorNote } from "../../components/ErrorNote";
import { LinkButton } from "../../components/LinkButton";
import { periods } from "../../lib/period";
import { useKeys } from "../../lib/keys";
import { local, utc } from "../../lib/time";
import { useSession } from "../../session";
import { Groups } from "./Groups";
import { homeQuery } from "./query";
import { Totals } from "./Totals";
import { Tour } from "./Tour";
import classes from "./Home.module.css";

/** A time of today says so, beside one of another day. */
const today = (t: string) => local(t).replace(/^(?=\d\d:)/, "today ");

/** What changed in the chosen period against the one before, and what needs somebody. */
export function Home() {
  const session = useSession();
  const search = useSearch({ from: "/shell/" });
  const { data, error, isPending, isFetching, isPlaceholderData, refetch } = useQuery(homeQuery(session, search));
  const page = useRef<HTMLDivElement>(null);
  const step = (by: 1 | -1) => {
    const links = [...(page.current?.querySelectorAll<HTMLElement>("a") ?? [])];
    const now = links.indexOf(document.activeElement as HTMLElement);
    links[Math.max(0, Math.min(links.length - 1, now + by))]?.focus();
  };
  useKeys("Home", [
    { keys: ["j", "ArrowDown"], what: "Next number", run: () => step(1) },
    { keys: ["k", "ArrowUp"], what: "Number before", run: () => step(-1) },
    { keys: ["r"], what: "Look again", run: () => void refetch() },
  ]);
  const nothing = data && data.now.traces === 0 && data.before.traces === 0;
  return (
    <div className={classes.scroll}>
      <div ref={page} className={classes.page} aria-busy={isFetching}>
        <div className={classes.head}>
          <Title order={1}>What changed, and what needs you</Title>
          <span className="muted num">
            {data && (
              <>
                <time dateTime={data.from} title={utc(data.from)}>{local(data.from)}</time> to{" "}
                <time dateTime={data.to} title={utc(data.to)}>{today(data.to)}</time>, against the same time before
              </>
            )}
          </span>
          <Tooltip label="Look again (r)">
            <ActionIcon size="sm" aria-label="Look again" loading={isFetching && !isPending} onClick={() => void refetch()}>
              <IconRefresh size={15} aria-hidden />
            </ActionIcon>
          </Tooltip>
        </div>
        {session.project === "demo" && session.may("project.read") && <Tour />}
        {error && <ErrorNote error={error} onRetry={() => void refetch()} />}
        {!(error && !data) && (
          <div className={isPlaceholderData ? classes.stale : undefined}>
            <Totals report={data} />
            {nothing && (
              <p className={classes.line}>
                No trace came{search.env ? ` from ${search.env}` : ""} in this period or in the one before.{" "}
                {search.period !== "30d" && <LinkButton variant="subtle" size="compact-xs" to="/" search={{ period: "30d", from: undefined, to: undefined } as never}>{periods["30d"].label}</LinkButton>}
                {search.env && <LinkButton variant="subtle" size="compact-xs" to="/" search={{ env: undefined } as never}>All environments</LinkButton>}
              </p>
            )}
            {(!nothing || data.rows.length > 0) && <Groups report={data} env={search.env} />}
          </div>
        )}
      </div>
    </div>
  );
}
