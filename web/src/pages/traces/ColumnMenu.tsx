import { ActionIcon, Button, Checkbox, Popover, Stack, Tooltip } from "@mantine/core";
import { IconColumns3 } from "@tabler/icons-react";
import { columns } from "./columns";

interface Props {
  hidden: Record<string, boolean>;
  onChange: (update: (old: Record<string, boolean>) => Record<string, boolean>) => void;
}

/** Which columns show. Kept in this browser; the name stays, as it opens the trace. */
export function ColumnMenu({ hidden, onChange }: Props) {
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
        <Stack gap={6}>
          {columns.map(({ id, meta }) => {
            if (!id || id === "name") return null;
            return (
              <Checkbox
                key={id}
                label={meta?.title}
                checked={!hidden[id]}
                onChange={(e) => {
                  const { checked } = e.currentTarget;
                  onChange((old) => ({ ...old, [id]: checked }));
                }}
              />
            );
          })}
          <Button variant="subtle" size="compact-xs" onClick={() => onChange(() => ({}))}>Show what is filled</Button>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
