import { Alert, Button, Checkbox, Group, Modal, NativeSelect, Stack, Text, TextInput } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { unwrap } from "../../api/client";
import { Copy } from "../../components/Copy";
import { ErrorNote } from "../../components/ErrorNote";
import { Snippet } from "../../components/Snippet";
import { otelLines } from "../../lib/otel";
import { useSession } from "../../session";
import classes from "./Settings.module.css";

const scopes = [
  { id: "ingest", about: "send spans, logs, metrics and scores" },
  { id: "gateway", about: "call models through Steward" },
  { id: "read", about: "read everything in the project" },
  { id: "operate", about: "score, remap, set prices" },
  { id: "admin", about: "everything in the project, keys included" },
];

const lives = [
  { value: "", label: "Never" },
  { value: "30", label: "In 30 days" },
  { value: "90", label: "In 90 days" },
  { value: "365", label: "In a year" },
];

interface Props {
  opened: boolean;
  onClose: () => void;
  onCreated: () => void;
}

/** Makes a key and shows it once. Closing the dialog forgets it. */
export function NewKey({ opened, onClose, onCreated }: Props) {
  return (
    <Modal opened={opened} onClose={onClose} title="Create key" size="lg" closeOnClickOutside={false}>
      {opened && <Body onClose={onClose} onCreated={onCreated} />}
    </Modal>
  );
}

function Body({ onClose, onCreated }: Omit<Props, "opened">) {
  const { api } = useSession();
  const [name, setName] = useState("");
  const [chosen, setChosen] = useState(["ingest"]);
  const [environment, setEnvironment] = useState("");
  const [release, setRelease] = useState("");
  const [days, setDays] = useState("");
  const create = useMutation({
    mutationFn: () => {
      const expires = days ? new Date(Date.now() + Number(days) * 86_400_000).toISOString() : null;
      const body = { name: name.trim(), scopes: chosen, environment: environment.trim(), release: release.trim(), expires };
      return unwrap(api.POST("/api/v1/keys", { body }));
    },
    onSuccess: onCreated,
  });
  if (create.data) return <Made secret={create.data.key} scopes={chosen} onClose={onClose} />;
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        create.mutate();
      }}
    >
      <Stack gap="sm">
        <TextInput label="Name" description="What will use it" placeholder="support-bot, production" required data-autofocus value={name} onChange={(e) => setName(e.currentTarget.value)} />
        <Checkbox.Group label="Scopes" value={chosen} onChange={setChosen}>
          <Stack gap={6} mt={6}>
            {scopes.map((s) => (
              <Checkbox key={s.id} value={s.id} label={<><span className={classes.scope}>{s.id}</span> <span className="muted">{s.about}</span></>} />
            ))}
          </Stack>
        </Checkbox.Group>
        <Group grow align="flex-start">
          <TextInput label="Environment" description="Pins all that it sends; may be empty" value={environment} onChange={(e) => setEnvironment(e.currentTarget.value)} />
          <TextInput label="Release" description="Pins all that it sends; may be empty" value={release} onChange={(e) => setRelease(e.currentTarget.value)} />
          <NativeSelect label="Runs out" description="It is refused from then on" data={lives} value={days} onChange={(e) => setDays(e.currentTarget.value)} />
        </Group>
        {create.error && <ErrorNote error={create.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>Cancel</Button>
          <Button type="submit" loading={create.isPending} disabled={!name.trim() || chosen.length === 0}>Create</Button>
        </Group>
      </Stack>
    </form>
  );
}

function Made({ secret, scopes: chosen, onClose }: { secret: string; scopes: string[]; onClose: () => void }) {
  return (
    <Stack gap="sm">
      <Alert color="yellow" variant="light" icon={<IconAlertTriangle size={16} aria-hidden />}>
        Copy the key now. It is kept only as a hash and cannot be shown again.
      </Alert>
      <Snippet text={secret} what="key" />
      {chosen.includes("ingest") && (
        <>
          <Text>To send telemetry with it, start any program that emits OpenTelemetry with:</Text>
          <Snippet text={otelLines(window.location.origin, secret)} what="lines" />
        </>
      )}
      <Group justify="flex-end">
        <Copy text={secret} what="key" labelled />
        <Button onClick={onClose}>Done</Button>
      </Group>
    </Stack>
  );
}
