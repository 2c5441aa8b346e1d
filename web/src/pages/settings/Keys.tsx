import { Badge, Button, Loader, Table } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { unwrap } from "../../api/client";
import type { Key } from "../../api/types";
import { ErrorNote } from "../../components/ErrorNote";
import { ago, utc } from "../../lib/time";
import { useSession } from "../../session";
import { Confirm } from "./Confirm";
import { NewKey } from "./NewKey";
import { Page } from "./Page";
import classes from "./Settings.module.css";

export function Keys() {
  const { api, project, may } = useSession();
  const queryClient = useQueryClient();
  const navigate = useNavigate({ from: "/settings/keys" });
  const { create } = useSearch({ from: "/shell/settings/keys" });
  const [revoking, setRevoking] = useState<Key>();
  const keys = useQuery({
    queryKey: ["keys", project],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/keys", { signal })),
  });
  const reload = () => queryClient.invalidateQueries({ queryKey: ["keys"] });
  const revoke = useMutation({
    mutationFn: (key: Key) => unwrap(api.DELETE("/api/v1/keys/{id}", { params: { path: { id: key.id } } })),
    onSuccess: async () => {
      await reload();
      setRevoking(undefined);
    },
  });
  const setCreate = (on: boolean) =>
    void navigate({ search: (old) => ({ ...old, create: on ? ("1" as const) : undefined }), replace: true });
  const items = (keys.data?.items ?? []).toSorted((a, b) => Number(Boolean(a.revoked)) - Number(Boolean(b.revoked)));
  return (
    <Page
      title="Keys"
      about={`Programs use a key of the project ${project} to send telemetry and to call the API. A key is shown once, when it is made.`}
      action={may("key.manage") && <Button leftSection={<IconPlus size={14} aria-hidden />} onClick={() => setCreate(true)}>Create key</Button>}
    >
      {keys.isPending && <Loader size="sm" />}
      {keys.error && <ErrorNote error={keys.error} onRetry={() => void keys.refetch()} />}
      {keys.data && items.length === 0 && <p className="muted">This project has no keys yet.</p>}
      {items.length > 0 && (
        <Table aria-label="Keys">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Name</Table.Th><Table.Th>Key</Table.Th><Table.Th>Scopes</Table.Th><Table.Th>Pinned to</Table.Th>
              <Table.Th className="right">Created</Table.Th><Table.Th className="right">Last use</Table.Th><Table.Th>State</Table.Th><Table.Th />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {items.map((key) => (
              <Table.Tr key={key.id} className={key.revoked ? classes.off : undefined}>
                <Table.Td>{key.name}</Table.Td>
                <Table.Td className="mono">{key.prefix}…</Table.Td>
                <Table.Td>{key.scopes.map((s) => <Badge key={s} color="gray" mr={4}>{s}</Badge>)}</Table.Td>
                <Table.Td>{[key.environment, key.release].filter(Boolean).join(" · ") || <span className="muted">–</span>}</Table.Td>
                <Table.Td className="num right" title={utc(key.created)}>{ago(key.created)}</Table.Td>
                <Table.Td className="num right" title={utc(key.last_used)}>{ago(key.last_used)}</Table.Td>
                <Table.Td>{state(key)}</Table.Td>
                <Table.Td className="right">
                  {!key.revoked && may("key.manage") && (
                    <Button size="compact-xs" variant="subtle" color="red" aria-label={`Revoke ${key.name}`} onClick={() => setRevoking(key)}>Revoke</Button>
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      <NewKey opened={create === "1"} onClose={() => setCreate(false)} onCreated={() => void reload()} />
      <Confirm
        opened={revoking !== undefined}
        title={`Revoke ${revoking?.name ?? ""}?`}
        text="Programs that use this key are refused from now on. A revoked key cannot be brought back; a new one can take its place."
        verb="Revoke"
        busy={revoke.isPending}
        error={revoke.error}
        onConfirm={() => revoking && revoke.mutate(revoking)}
        onClose={() => setRevoking(undefined)}
      />
    </Page>
  );
}

function state(key: Key): string {
  if (key.revoked) return `revoked ${ago(key.revoked)}`;
  if (key.expires) return Date.parse(key.expires) < Date.now() ? "run out" : `ends ${ago(key.expires)}`;
  return "active";
}
