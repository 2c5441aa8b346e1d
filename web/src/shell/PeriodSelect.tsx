import { Button, NativeSelect, Popover, TextInput } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { defaultPeriod, fromInput, isCustom, isPeriod, periods, resolve, toInput } from "../lib/period";
import { local } from "../lib/time";
import classes from "./Shell.module.css";

/** The period, kept in the URL. A custom one is two local times; the API gets them as UTC. */
export function PeriodSelect() {
  const search = useSearch({ strict: false });
  const navigate = useNavigate();
  const [open, setOpen] = useState(false);
  const custom = isCustom(search);
  const go = (change: { period?: string; from?: string; to?: string }) => {
    void navigate({
      to: ".",
      search: ((old: object) => ({ ...old, period: undefined, from: undefined, to: undefined, ...change })) as never,
      replace: true,
    });
  };
  const range = custom ? `${search.from ? local(search.from) : "…"} – ${search.to ? local(search.to) : "now"}` : undefined;
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-start" shadow="md" trapFocus returnFocus withRoles={false}>
      <Popover.Target>
        <div>
          <NativeSelect
            aria-label="Period"
            className="num"
            data={[
              ...Object.entries(periods).map(([value, p]) => ({ value, label: p.label })),
              ...(range ? [{ value: "range", label: range }] : []),
              { value: "custom", label: "Custom …" },
            ]}
            value={custom ? "range" : (search.period ?? defaultPeriod)}
            onChange={(e) => {
              const value = e.currentTarget.value;
              if (value === "custom") setOpen(true);
              else if (isPeriod(value)) go({ period: value === defaultPeriod ? undefined : value });
            }}
          />
        </div>
      </Popover.Target>
      <Popover.Dropdown role="dialog" aria-label="Custom period">
        {open && (
          <Custom
            initial={resolve(search)}
            onApply={(from, to) => {
              setOpen(false);
              go({ from, to });
            }}
          />
        )}
      </Popover.Dropdown>
    </Popover>
  );
}

function Custom({ initial, onApply }: { initial: { from: string; to: string }; onApply: (from?: string, to?: string) => void }) {
  const [from, setFrom] = useState(toInput(initial.from));
  const [to, setTo] = useState(toInput(initial.to));
  const a = fromInput(from);
  const b = fromInput(to);
  const wrong = a && b && a >= b ? "The end must be after the start." : undefined;
  return (
    <form
      className={classes.custom}
      onSubmit={(e) => {
        e.preventDefault();
        if (a && !wrong) onApply(a, b);
      }}
    >
      <TextInput data-autofocus label="From (local time)" type="datetime-local" step={1} value={from} onChange={(e) => setFrom(e.currentTarget.value)} />
      <TextInput label="To, empty for now" type="datetime-local" step={1} value={to} error={wrong} onChange={(e) => setTo(e.currentTarget.value)} />
      <Button type="submit" disabled={!a || wrong !== undefined}>Show this period</Button>
    </form>
  );
}
