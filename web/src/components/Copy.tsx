import { ActionIcon, Button, Tooltip } from "@mantine/core";
import { IconCheck, IconCopy, IconX } from "@tabler/icons-react";
import { useEffect, useState, type ReactNode } from "react";
import { copyText } from "../lib/clipboard";

interface Props {
  /** The text, or how to make it when it is asked for. */
  text: string | (() => string);
  /** What is copied, for the tooltip: "trace id". */
  what: string;
  labelled?: boolean;
  /** Another sign than the usual one, where two copy buttons stand side by side. */
  icon?: ReactNode;
}

/** A copy button that says what it copies, and whether it did. */
export function Copy({ text, what, labelled = false, icon: sign }: Props) {
  const [done, setDone] = useState<boolean>();
  useEffect(() => {
    if (done === undefined) return;
    const timer = setTimeout(() => setDone(undefined), 1500);
    return () => clearTimeout(timer);
  }, [done]);
  const label = done === undefined ? `Copy ${what}` : done ? "Copied" : "The browser did not allow it";
  const icon = done === undefined ? (sign ?? <IconCopy size={14} aria-hidden />) : done ? <IconCheck size={14} aria-hidden /> : <IconX size={14} aria-hidden />;
  const copy = async () => setDone(await copyText(typeof text === "string" ? text : text()));
  if (labelled) {
    return <Button variant="default" leftSection={icon} onClick={() => void copy()}>{label}</Button>;
  }
  return (
    <Tooltip label={label}>
      <ActionIcon
        size="sm"
        aria-label={label}
        onClick={(e) => {
          e.stopPropagation();
          void copy();
        }}
      >
        {icon}
      </ActionIcon>
    </Tooltip>
  );
}
