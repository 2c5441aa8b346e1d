/** Small pieces that every table and header uses for numbers, times, states and links. */
import { Tooltip } from "@mantine/core";
import {
  IconAlertCircle, IconCheck, IconCircleDashed, IconClockHour4, IconCpu, IconDatabaseSearch, IconDots, IconGavel, IconHierarchy2,
  IconListNumbers, IconRobot, IconShield, IconSubtask, IconTool, IconVectorTriangle, type Icon,
} from "@tabler/icons-react";
import type { Cost, Kind, Score, Tokens } from "../api/types";
import { cost, count, duration, durationExact, plural, scoreValue, tokensTitle, totalTokens } from "../lib/format";
import { local, utc } from "../lib/time";
import classes from "./facts.module.css";

export function Duration({ ms, unfinished = false }: { ms: number | null | undefined; unfinished?: boolean }) {
  if (unfinished && !ms) {
    return <span className={`num ${classes.caution}`} title="No end has come in for it yet">running</span>;
  }
  return <span className="num" title={durationExact(ms)}>{duration(ms)}</span>;
}

export function When({ time }: { time: string | null | undefined }) {
  return <time className="num" dateTime={time ?? undefined} title={utc(time)}>{local(time)}</time>;
}

export function Money({ value }: { value: Cost | null | undefined }) {
  const shown = cost(value);
  return <span className={`num ${value?.state === "unpriced" ? classes.caution : ""}`} title={shown.title}>{shown.text}</span>;
}

export function TokenCount({ tokens }: { tokens: Tokens | null | undefined }) {
  const total = totalTokens(tokens);
  return <span className="num" title={tokensTitle(tokens)}>{total === 0n ? "–" : count(total.toString())}</span>;
}

const states: Record<string, { icon: Icon; text: string; className: string | undefined }> = {
  error: { icon: IconAlertCircle, text: "Error", className: classes.error },
  unfinished: { icon: IconClockHour4, text: "Running", className: classes.caution },
  ok: { icon: IconCheck, text: "OK", className: classes.ok },
  unset: { icon: IconCircleDashed, text: "Unset", className: "muted" },
};

/** An icon and a word; the colour only repeats them. */
export function State({ code, message, unfinished }: { code: string; message?: string; unfinished?: boolean }) {
  const state = states[code === "error" ? "error" : unfinished ? "unfinished" : code] ?? states.unset!;
  return (
    <span className={`${classes.state} ${state.className}`} title={message || undefined}>
      <state.icon size={14} stroke={1.8} aria-hidden />
      {state.text}
    </span>
  );
}

/** How many spans failed; nothing where none did. A trace can be well at its root and still have some. */
export function Failed({ n }: { n: number }) {
  if (!n) return null;
  return (
    <span className={`${classes.state} ${classes.error} num`} title={`${plural(n, "span")} failed`}>
      <IconAlertCircle size={13} stroke={1.8} role="img" aria-label="failed spans" />
      {count(n)}
    </span>
  );
}

const kinds: Record<Kind, Icon> = {
  llm: IconCpu,
  embedding: IconVectorTriangle,
  rerank: IconListNumbers,
  retrieval: IconDatabaseSearch,
  tool: IconTool,
  agent: IconRobot,
  workflow: IconHierarchy2,
  guardrail: IconShield,
  evaluation: IconGavel,
  task: IconSubtask,
  other: IconDots,
};

export function KindIcon({ kind }: { kind: string }) {
  const Shape = (kinds as Record<string, Icon>)[kind] ?? IconDots;
  return <Shape size={14} stroke={1.6} role="img" aria-label={kind} className={classes.kind} />;
}

export function Scores({ scores }: { scores: Score[] | null | undefined }) {
  if (!scores || scores.length === 0) return <span className="muted">–</span>;
  return (
    <span className={classes.scores}>
      {scores.map((s) => (
        <Tooltip key={`${s.id}${s.name}`} label={`${s.name}: ${scoreValue(s)} · by ${s.source?.kind ?? "?"} ${s.source?.name ?? ""}`}>
          <span className={classes.score}>
            <span className="muted">{s.name}</span> <span className="num">{scoreValue(s)}</span>
          </span>
        </Tooltip>
      ))}
    </span>
  );
}
