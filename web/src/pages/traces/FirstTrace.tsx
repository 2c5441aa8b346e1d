import { Stack, Text, Title } from "@mantine/core";
import { LinkButton } from "../../components/LinkButton";
import { Snippet } from "../../components/Snippet";
import { otelLines } from "../../lib/otel";
import { useSession } from "../../session";
import classes from "./Traces.module.css";

/** What an empty project shows: the lines that make any OpenTelemetry program report here. */
export function FirstTrace() {
  const { project, may } = useSession();
  return (
    <Stack className={classes.start} gap="sm">
      <Title order={1}>Send your first trace</Title>
      <Text>
        The project <b>{project}</b> has no traces yet. Any program that emits OpenTelemetry reports here when it starts
        with these lines in its environment. No library of our own is needed.
      </Text>
      <Snippet text={otelLines(window.location.origin, "YOUR_KEY")} what="lines" />
      <Text>
        Put a key with the scope <b>ingest</b> in place of <code>YOUR_KEY</code>. The first trace shows here within
        seconds of its first span; switch on <b>Live</b> to watch it come.
      </Text>
      {may("key.manage") && (
        <div><LinkButton to="/settings/keys" search={{ create: "1" }}>Create a key</LinkButton></div>
      )}
    </Stack>
  );
}
