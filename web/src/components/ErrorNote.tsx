import { Alert, Button, Group, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { ApiError } from "../api/client";

/** A failed request inside a page: what was wrong, as the API put it, and another try where one can help. */
export function ErrorNote({ error, onRetry }: { error: Error; onRetry?: () => void }) {
  const wait = error instanceof ApiError ? error.retryAfter : undefined;
  return (
    <Alert color="red" variant="light" icon={<IconAlertTriangle size={16} aria-hidden />} role="alert">
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <Text fz="sm">
          {error.message}
          {wait !== undefined && ` Try again in ${wait} s.`}
        </Text>
        {onRetry && <Button variant="default" size="compact-xs" onClick={onRetry}>Try again</Button>}
      </Group>
    </Alert>
  );
}
