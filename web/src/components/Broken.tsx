import { Button, Code, EmptyState, Group } from "@mantine/core";
import { IconMapQuestion, IconPlugConnectedX } from "@tabler/icons-react";
import { useRouter } from "@tanstack/react-router";
import { ApiError } from "../api/client";
import { LinkButton } from "./LinkButton";

/** What a page shows when it cannot show itself. */
export function Broken({ error }: { error: unknown }) {
  const router = useRouter();
  return (
    <EmptyState
      p="xl"
      icon={<IconPlugConnectedX size={36} stroke={1.3} aria-hidden />}
      title={title(error)}
      description={error instanceof Error ? error.message : String(error)}
    >
      <Group justify="center" mt="sm">
        <Button variant="default" onClick={() => void router.invalidate()}>Try again</Button>
      </Group>
    </EmptyState>
  );
}

function title(error: unknown): string {
  if (!(error instanceof ApiError)) return "This page failed";
  if (error.status === 0) return "Steward does not answer";
  if (error.status === 403) return "Your role does not allow this";
  if (error.status === 404) return "Not found";
  return "The server could not answer";
}

export function NotFound() {
  return (
    <EmptyState p="xl" icon={<IconMapQuestion size={36} stroke={1.3} aria-hidden />} title="There is no page here">
      <Code>{window.location.pathname}</Code>
      <Group justify="center" mt="sm">
        <LinkButton variant="default" to="/traces">To the traces</LinkButton>
      </Group>
    </EmptyState>
  );
}
