import { ActionIcon, CloseButton, TextInput, Tooltip, VisuallyHidden } from "@mantine/core";
import { useDebouncedValue, useLocalStorage } from "@mantine/hooks";
import { IconChevronDown, IconChevronRight, IconEqualNot } from "@tabler/icons-react";
import { keepPreviousData, useQueries, useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { facetsQuery } from "../../api/explore";
import { count, plural } from "../../lib/format";
import type { ListSearch, ShellSearch } from "../../lib/search";
import { stand, toggle, withoutField } from "../../lib/terms";
import { useSession } from "../../session";
import classes from "./Facets.module.css";

/** What can be narrowed by a click. A name of scores is required to be there; any other value, to be this. */
const facets = [
  { field: "trace.outcome", title: "Outcome" },
  { field: "env", title: "Environment" },
  { field: "release", title: "Release" },
  { field: "trace.name", title: "Name" },
  { field: "model", title: "Model" },
  { field: "agent", title: "Agent" },
  { field: "tool", title: "Tool" },
  { field: "user", title: "User" },
  { field: "tag", title: "Tag" },
  { field: "problem", title: "Problem" },
  { field: "status", title: "Status of a span" },
  { field: "kind", title: "Kind of a span" },
  { field: "score", title: "Scored by name" },
  { field: "service", title: "Service" },
  { field: "provider", title: "Provider" },
] as const;

type Facet = (typeof facets)[number];
type Field = Facet["field"];

const atFirst: Field[] = ["trace.outcome", "env", "model", "tool"];

interface Value {
  value: string;
  count: number;
}

interface Found {
  values: Value[];
  others: number;
}

interface Props {
  search: ShellSearch & ListSearch;
  onFilter: (filter: string) => void;
  onClose: () => void;
}

/** How a facet's value is written in the filter. */
function term(field: Field, value: string): [field: string, value: string] {
  return field === "score" ? [`score.${value}`, "*"] : [field, value];
}

/** The commonest values of fields. A click requires one, an alt-click excludes it; the filter's text says so. */
export function Facets({ search, onFilter, onClose }: Props) {
  const session = useSession();
  const [open, setOpen] = useLocalStorage<Field[]>({ key: `steward.traces.facets.${session.me.principal.id}`, defaultValue: atFirst, getInitialValueInEffect: false });
  const [together] = useState(open); // asked for in one go; each that is opened later has a question of its own
  const filter = search.filter ?? "";
  const batches = useMemo(() => {
    const byQuestion = new Map<string, { filter: string; fields: Field[] }>();
    for (const { field } of facets) {
      if (!open.includes(field)) continue;
      const rest = withoutField(filter, field); // the others of a field stay to be chosen
      const key = `${together.includes(field) ? "" : field} ${rest}`;
      const batch = byQuestion.get(key) ?? { filter: rest, fields: [] };
      batch.fields.push(field);
      byQuestion.set(key, batch);
    }
    return [...byQuestion.values()];
  }, [open, together, filter]);
  const found = useQueries({
    queries: batches.map((b) => facetsQuery(session, search, { filter: b.filter || undefined, fields: b.fields })),
    combine: (results) => {
      const out = new Map<string, Found>();
      for (const { data } of results) for (const f of data ?? []) out.set(f.field, { values: f.values, others: f.others });
      return out;
    },
  });
  return (
    <aside className={classes.panel} aria-label="Facets">
      <div className={classes.head}>
        <span className="muted">Traces by</span>
        <CloseButton size="xs" aria-label="Hide the facets" onClick={onClose} />
      </div>
      {facets.map((facet) => {
        const shown = open.includes(facet.field);
        return (
          <section key={facet.field}>
            <button
              type="button"
              className={classes.title}
              aria-expanded={shown}
              onClick={() => setOpen(shown ? open.filter((f) => f !== facet.field) : [...open, facet.field])}
            >
              {shown ? <IconChevronDown size={13} aria-hidden /> : <IconChevronRight size={13} aria-hidden />}
              {facet.title}
            </button>
            {shown && <Values facet={facet} found={found.get(facet.field)} search={search} onFilter={onFilter} />}
          </section>
        );
      })}
    </aside>
  );
}

const many = 9;

function Values({ facet, found, search, onFilter }: { facet: Facet; found: Found | undefined } & Pick<Props, "search" | "onFilter">) {
  const session = useSession();
  const [typed, setTyped] = useState("");
  const [prefix] = useDebouncedValue(typed, 150);
  const filter = search.filter ?? "";
  const searched = useQuery({
    ...facetsQuery(session, search, { filter: withoutField(filter, facet.field) || undefined, fields: [facet.field], prefix }),
    enabled: prefix !== "",
    placeholderData: keepPreviousData,
  });
  const now: Found | undefined = prefix ? searched.data?.[0] : found;
  if (!now) return <div className={`${classes.none} muted`}>…</div>;
  const searchable = typed !== "" || (found?.others ?? 0) > 0 || (found?.values.length ?? 0) > many;
  const most = Math.max(1, ...now.values.map((v) => v.count));
  return (
    <>
      {searchable && (
        <TextInput
          size="xs"
          mx={6}
          mb={3}
          aria-label={`Search in ${facet.title}`}
          placeholder="Begins with …"
          value={typed}
          onChange={(e) => setTyped(e.currentTarget.value)}
          onKeyDown={(e) => {
            if (e.key === "Escape") setTyped("");
          }}
        />
      )}
      {now.values.length === 0 && <div className={`${classes.none} muted`}>{prefix ? "none begins so" : "none"}</div>}
      <ul className={classes.values}>
        {now.values.map((v) => (
          <One key={v.value} facet={facet} value={v} share={v.count / most} filter={filter} onFilter={onFilter} />
        ))}
      </ul>
      {now.others > 0 && <div className={`${classes.none} muted num`}>{plural(now.others, "trace")} with others</div>}
    </>
  );
}

function One({ facet, value: { value, count: n }, share, filter, onFilter }: { facet: Facet; value: Value; share: number; filter: string } & Pick<Props, "onFilter">) {
  const [field, text] = term(facet.field, value);
  const now = stand(filter, field, text);
  const change = (want: "in" | "out") => onFilter(toggle(filter, field, text, want));
  return (
    <li className={classes.value} data-stand={now}>
      <button
        type="button"
        className={classes.pick}
        aria-pressed={now === "in"}
        title={`${value}\nClick: only these. Alt-click: not these.`}
        onClick={(e) => change(e.altKey ? "out" : "in")}
      >
        <span className={classes.share} style={{ width: `${Math.round(share * 100)}%` }} aria-hidden />
        <span className={classes.text}>
          {now && <span aria-hidden>{now === "in" ? "= " : "≠ "}</span>}
          {value}
        </span>
        <span className="num muted">{count(n)}</span>
        <VisuallyHidden>{n === 1 ? "trace" : "traces"}{now === "out" ? ", excluded" : ""}</VisuallyHidden>
      </button>
      <Tooltip label={now === "out" ? "No longer exclude" : "Exclude"}>
        <ActionIcon size="xs" className={classes.exclude} aria-label={`Exclude ${value}`} aria-pressed={now === "out"} onClick={() => change("out")}>
          <IconEqualNot size={13} aria-hidden />
        </ActionIcon>
      </Tooltip>
    </li>
  );
}
