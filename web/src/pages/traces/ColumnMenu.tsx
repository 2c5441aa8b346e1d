import { ActionIcon, Button, Checkbox, Group, Popover, ScrollArea, Stack, Tooltip } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconColumns3 } from "@tabler/icons-react";
import { move, show, type LaidOut } from "../../lib/layout";
import { allColumns, titleOf } from "./columns";

interface Props {
  layout: LaidOut[];
  /** Undefined brings back what is filled. */
  onChange: (layout: LaidOut[] | undefined) => void;
}

/** Which columns show, and in which order. The name stays, as it opens the trace. */
export function ColumnMenu({ layout, onChange }: Props) {
  const shown = layout.map((c) => c.id);
  const rest = allColumns.filter((id) => !shown.includes(id));
  return (
    <Popover position="bottom-end" shadow="md" trapFocus returnFocus>
      <Popover.Target>
        <Tooltip label="Columns">
          <ActionIcon variant="default" size={30} aria-label="Columns">
            <IconColumns3 size={16} aria-hidden />
          </ActionIcon>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown>
        <ScrollArea.Autosize mah={420} type="auto">
          <Stack gap={2} pr="sm">
            {[...shown, ...rest].map((id) => {
              const place = shown.indexOf(id);
              return (
                <Group key={id} gap={2} wrap="nowrap" justify="space-between" mih={24}>
                  <Checkbox
                    label={titleOf(id)}
                    checked={place >= 0}
                    disabled={id === "name"}
                    onChange={(e) => onChange(show(layout, id, e.currentTarget.checked, allColumns))}
                  />
                  {place >= 0 && (
                    <Group gap={0} wrap="nowrap">
                      <ActionIcon size="xs" aria-label={`${titleOf(id)} further left`} disabled={place === 0} onClick={() => onChange(move(layout, id, -1))}>
                        <IconArrowUp size={13} aria-hidden />
                      </ActionIcon>
                      <ActionIcon size="xs" aria-label={`${titleOf(id)} further right`} disabled={place === shown.length - 1} onClick={() => onChange(move(layout, id, 1))}>
                        <IconArrowDown size={13} aria-hidden />
                      </ActionIcon>
                    </Group>
                  )}
                </Group>
              );
            })}
          </Stack>
        </ScrollArea.Autosize>
        <Button variant="subtle" size="compact-xs" mt={6} onClick={() => onChange(undefined)}>Show what is filled</Button>
      </Popover.Dropdown>
    </Popover>
  );
}
