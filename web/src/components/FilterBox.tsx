import { ActionIcon, Combobox, TextInput, useCombobox } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconAlertCircle, IconSearch, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useLayoutEffect, useRef, useState } from "react";
import { ApiError, unwrap } from "../api/client";
import { complete, mark } from "../lib/filter";
import { useKeys } from "../lib/keys";
import { resolve, type PeriodSearch } from "../lib/period";
import { useSession } from "../session";
import classes from "./FilterBox.module.css";

interface Props {
  /** The filter in the URL. */
  value: string;
  onSubmit: (text: string) => void;
  period: PeriodSearch;
  /** The answer to the filter in the URL, where it was an error. */
  error: Error | null;
  /** Characters that were put before the user's text on its way to the API. */
  shift: number;
  placeholder: string;
}

/** The filter line: completion from the server's grammar and facets, an underline where an error is. */
export function FilterBox({ value, onSubmit, period, error, shift, placeholder }: Props) {
  const [text, setText] = useState(value);
  const [cursor, setCursor] = useState(value.length);
  const [focused, setFocused] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const mirror = useRef<HTMLDivElement>(null);
  const place = useRef<number>(undefined);
  const combobox = useCombobox({ onDropdownClose: () => combobox.resetSelectedOption() });

  const [shown, setShown] = useState(value);
  if (shown !== value) { // another filter came by the address: a link, or the browser's back
    setShown(value);
    setText(value);
  }
  useKeys("Filter", [{ keys: ["/"], what: "Write a filter", run: () => input.current?.focus() }]);
  useLayoutEffect(() => {
    if (place.current === undefined) return;
    input.current?.setSelectionRange(place.current, place.current);
    place.current = undefined;
  });

  const completion = useCompletion(text, cursor, period, focused);
  const candidates = completion?.candidates ?? [];

  const submit = (next: string) => {
    combobox.closeDropdown();
    onSubmit(next.trim());
  };
  const choose = (candidate: string) => {
    if (!completion) return;
    const done = complete(text, completion, candidate);
    setText(done.text);
    setCursor(done.cursor);
    place.current = done.cursor;
    input.current?.focus();
  };
  const wrong = error instanceof ApiError && error.code === "invalid" ? error : undefined;
  const at = wrong && text.trim() === value.trim() ? mark(wrong.details, text, shift) : undefined;
  return (
    <div>
      <Combobox store={combobox} onOptionSubmit={choose} position="bottom-start" width={420} offset={2}>
        <Combobox.Target withKeyboardNavigation>
          <div className={classes.wrap}>
            {at && <Underline text={text} at={at} mirror={mirror} input={input} />}
            <TextInput
              ref={input}
              aria-label="Filter"
              aria-invalid={wrong !== undefined}
              spellCheck={false}
              autoComplete="off"
              classNames={{ input: classes.input }}
              leftSection={<IconSearch size={14} aria-hidden />}
              rightSection={
                text ? (
                  <ActionIcon size="sm" aria-label="Drop the filter" onClick={() => { setText(""); submit(""); }}>
                    <IconX size={14} aria-hidden />
                  </ActionIcon>
                ) : undefined
              }
              placeholder={placeholder}
              error={wrong !== undefined}
              value={text}
              onChange={(e) => {
                setText(e.currentTarget.value);
                setCursor(e.currentTarget.selectionStart ?? e.currentTarget.value.length);
                combobox.resetSelectedOption(); // its place meant another candidate
                combobox.openDropdown();
              }}
              onSelect={(e) => setCursor(e.currentTarget.selectionStart ?? 0)}
              onScroll={(e) => {
                if (mirror.current) mirror.current.scrollLeft = e.currentTarget.scrollLeft;
              }}
              onFocus={() => setFocused(true)}
              onBlur={() => { setFocused(false); combobox.closeDropdown(); }}
              onKeyDown={(e) => {
                if (e.key === "Enter" && (!combobox.dropdownOpened || combobox.getSelectedOptionIndex() < 0)) {
                  e.preventDefault();
                  submit(text);
                }
                if (e.key === "Escape") {
                  if (combobox.dropdownOpened) combobox.closeDropdown();
                  else e.currentTarget.blur();
                }
              }}
            />
          </div>
        </Combobox.Target>
        <Combobox.Dropdown hidden={candidates.length === 0}>
          <Combobox.Options mah={280} style={{ overflowY: "auto" }}>
            {candidates.map((c) => (
              <Combobox.Option key={c.text} value={c.text}>
                <span className={classes.option}>
                  <span className="mono">{c.text}</span>
                  <span className={classes.detail}>{c.detail}</span>
                </span>
              </Combobox.Option>
            ))}
          </Combobox.Options>
        </Combobox.Dropdown>
      </Combobox>
      {wrong && (
        <div className={classes.error} role="alert">
          <IconAlertCircle size={14} aria-hidden />
          <span>{at ? `Column ${at.start + 1}: ` : ""}{wrong.message}</span>
        </div>
      )}
    </div>
  );
}

/** The same text, unseen, behind the input: its underline lies under the characters that are wrong. */
function Underline({ text, at, mirror, input }: {
  text: string;
  at: { start: number; length: number };
  mirror: React.RefObject<HTMLDivElement | null>;
  input: React.RefObject<HTMLInputElement | null>;
}) {
  useLayoutEffect(() => {
    const from = input.current;
    if (!from) return;
    const style = getComputedStyle(from);
    mirror.current?.setAttribute(
      "style",
      `padding-left: calc(${style.paddingLeft} + ${style.borderLeftWidth}); padding-right: ${style.paddingRight}; --filter-height: ${style.height}`,
    );
    mirror.current?.scrollTo({ left: from.scrollLeft });
  });
  const runes = [...text];
  return (
    <div ref={mirror} className={classes.mirror} aria-hidden data-testid="filter-mark">
      {runes.slice(0, at.start).join("")}
      <span className={classes.mark}>{runes.slice(at.start, at.start + at.length).join("") || " "}</span>
      {runes.slice(at.start + at.length).join("")}
    </div>
  );
}

/** The candidates for the text at the cursor; undefined until the answer for exactly this text is there. */
function useCompletion(text: string, cursor: number, period: PeriodSearch, focused: boolean) {
  const { api, project } = useSession();
  const now = JSON.stringify([text, cursor]); // a string, so that the debounce sees equal states as equal
  const [asked] = useDebouncedValue(now, 120);
  const { data } = useQuery({
    queryKey: ["complete", project, asked, period.period, period.from, period.to],
    queryFn: ({ signal }) => {
      const [typed, units] = JSON.parse(asked) as [string, number];
      // The server counts characters, the input counts UTF-16 units.
      const query = { text: typed, cursor: String(countRunes(typed.slice(0, units))), ...resolve(period) };
      return unwrap(api.GET("/api/v1/filter/complete", { params: { query }, signal }));
    },
    enabled: focused,
    staleTime: 30_000,
    retry: false,
  });
  return focused && asked === now ? data : undefined;
}

function countRunes(text: string): number {
  let n = 0;
  for (const _ of text) n++;
  return n;
}
