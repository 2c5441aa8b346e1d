import { SegmentedControl, VisuallyHidden } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { ApiError } from "../../api/client";
import { ErrorNote } from "../../components/ErrorNote";
import { FilterBox } from "../../components/FilterBox";
import { combine } from "../../lib/filter";
import type { ShellSearch } from "../../lib/search";
import { useSession } from "../../session";
import { OverTime } from "./OverTime";
import { usageQuery } from "./query";
import { SetPrice } from "./SetPrice";
import { SplitTable } from "./SplitTable";
import { splits, type Split, type UsageSearch } from "./search";
import { Sums } from "./Sums";
import classes from "./Usage.module.css";

/** What calls took and cost: in all, over time, and by who and what. */
export function Usage() {
  const session = useSession();
  const search = useSearch({ from: "/shell/usage" });
  const navigate = useNavigate({ from: "/usage" });
  const by = search.by ?? "model";
  const sums = useQuery(usageQuery(session, search, undefined));
  const split = useQuery(usageQuery(session, search, by));
  const change = (next: ShellSearch & UsageSearch) => void navigate({ search: (old) => ({ ...old, ...next }), replace: true });
  const error = sums.error ?? split.error;
  const badFilter = error instanceof ApiError && error.code === "invalid";
  return (
    <div className={classes.page}>
      <VisuallyHidden><h1>Usage and cost</h1></VisuallyHidden>
      <div className={classes.bar}>
        <FilterBox
          value={search.filter ?? ""}
          onSubmit={(filter) => change({ filter: filter || undefined })}
          period={search}
          error={error}
          shift={combine(search.filter, search.env).shift}
          placeholder={'Filter, for example: agent:claims model:gpt-4o* user:ann    ( / )'}
        />
      </div>
      <div className={classes.scroll}>
        {error && !badFilter && <ErrorNote error={error} onRetry={() => void Promise.all([sums.refetch(), split.refetch()])} />}
        <div className={badFilter || sums.isPlaceholderData ? classes.stale : undefined} aria-busy={sums.isFetching}>
          <Sums answer={sums.data} search={search} onPrice={() => change({ price: "*" })} />
          <OverTime search={search} by={by} onChange={change} />
        </div>
        <div className={classes.by}>
          <SegmentedControl
            aria-label="Split by"
            data={Object.entries(splits).map(([value, label]) => ({ value, label: `By ${label.toLowerCase()}` }))}
            value={by}
            onChange={(v) => change({ by: v === "model" ? undefined : (v as Split) })}
          />
        </div>
        <div className={badFilter || split.isPlaceholderData ? classes.stale : undefined} aria-busy={split.isFetching}>
          <SplitTable answer={split.data} whole={sums.data?.rows[0]} search={search} by={by} onOrder={(order) => change({ order })} onPrice={(price) => change({ price })} />
        </div>
      </div>
      <SetPrice model={search.price} onClose={() => change({ price: undefined })} />
    </div>
  );
}
