import { Button, Group, Modal, NativeSelect, Stack, Text, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { unwrap } from "../../api/client";
import { Copy } from "../../components/Copy";
import { ErrorNote } from "../../components/ErrorNote";
import { Snippet } from "../../components/Snippet";
import { ago, utc } from "../../lib/time";
import { useSession } from "../../session";

const roles = [
  { value: "viewer", label: "viewer: looks at everything" },
  { value: "developer", label: "developer: also scores, and makes keys" },
  { value: "admin", label: "admin: everything in the project" },
  { value: "operator", label: "operator: everything in every project" },
];

/** Makes a link that signs one person in, once. */
export function Invite({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  return (
    <Modal opened={opened} onClose={onClose} title="Invite" closeOnClickOutside={false}>
      {opened && <Body onClose={onClose} />}
    </Modal>
  );
}

function Body({ onClose }: { onClose: () => void }) {
  const { api } = useSession();
  const [role, setRole] = useState("viewer");
  const [name, setName] = useState("");
  const invite = useMutation({
    mutationFn: () => unwrap(api.POST("/api/v1/login-links", { body: { role, name: name.trim() } })),
  });
  if (invite.data) {
    return (
      <Stack gap="sm">
        <Text>
          Send this link to {name.trim() || "the person"}. It signs in once as {role}, and runs out{" "}
          <span title={utc(invite.data.expires)}>{ago(invite.data.expires)}</span>.
        </Text>
        <Snippet text={invite.data.url} what="link" />
        <Group justify="flex-end">
          <Copy text={invite.data.url} what="link" labelled />
          <Button onClick={onClose}>Done</Button>
        </Group>
      </Stack>
    );
  }
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        invite.mutate();
      }}
    >
      <Stack gap="sm">
        <TextInput label="Name" description="Who it is for; shown in the history of changes" required data-autofocus value={name} onChange={(e) => setName(e.currentTarget.value)} />
        <NativeSelect label="Role" data={roles} value={role} onChange={(e) => setRole(e.currentTarget.value)} />
        {invite.error && <ErrorNote error={invite.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>Cancel</Button>
          <Button type="submit" loading={invite.isPending} disabled={!name.trim()}>Make a link</Button>
        </Group>
      </Stack>
    </form>
  );
}
