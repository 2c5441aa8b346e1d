import { SegmentedControl, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useDeferredValue, useMemo, useState } from "react";
import type { Span } from "../../api/types";
import { plural } from "../../lib/format";
import { flatten, type Flat } from "../../lib/message";
import { JsonView } from "../../components/JsonView";
import { LongText } from "./Messages";
import classes from "./Trace.module.css";

/** The attributes as they came, those of the span first, searchable by name and value. */
export function Attributes({ span }: { span: Span }) {
  const [form, setForm] = useState("table");
  const [typed, setTyped] = useState("");
  const wanted = useDeferredValue(typed.trim().toLowerCase());
  const groups = useMemo(
    () => [
      { title: "Span", rows: flatten(span.attributes) },
      { title: "Resource", rows: flatten(span.resource) },
      { title: "Scope", rows: flatten({ ...span.scope }) },
    ],
    [span],
  );
  const matches = (row: Flat) => !wanted || row.path.toLowerCase().includes(wanted) || row.value.toLowerCase().includes(wanted);
  return (
    <>
      <div className={classes.attrbar}>
        <TextInput
          aria-label="Search attributes"
          placeholder="Search names and values"
          leftSection={<IconSearch size={14} aria-hidden />}
          value={typed}
          onChange={(e) => setTyped(e.currentTarget.value)}
          disabled={form === "json"}
        />
        <SegmentedControl aria-label="Form" data={[{ value: "table", label: "Table" }, { value: "json", label: "JSON" }]} value={form} onChange={setForm} />
      </div>
      {form === "json"
        ? <JsonView value={{ attributes: span.attributes, resource: span.resource, scope: span.scope }} what="attributes" limit={60_000} />
        : groups.map((g) => <Group key={g.title} title={g.title} rows={g.rows.filter(matches)} total={g.rows.length} />)}
    </>
  );
}

/** A span may carry 10,000 attributes; the first of them show, and the search finds the others. */
const most = 500;

function Group({ title, rows, total }: { title: string; rows: Flat[]; total: number }) {
  if (total === 0) return null;
  return (
    <section className={classes.section}>
      <h3>{title} · <span className="num">{rows.length === total ? plural(total, "attribute") : `${rows.length} of ${plural(total, "attribute")}`}</span></h3>
      <table className={classes.pairs}>
        <tbody>
          {rows.slice(0, most).map((row) => (
            <tr key={row.path}>
              <th scope="row">{row.path}</th>
              <td><LongText text={row.value} limit={600} /></td>
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > most && <p className="muted">The first {most} of {plural(rows.length, "attribute")} show. Search for the others.</p>}
    </section>
  );
}
