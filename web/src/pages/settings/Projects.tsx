import { Button, Group, Loader, Modal, Stack, Table, TextInput } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { unwrap } from "../../api/client";
import { ErrorNote } from "../../components/ErrorNote";
import { LinkButton } from "../../components/LinkButton";
import { ago, utc } from "../../lib/time";
import { meQuery, useSession } from "../../session";
import { Page } from "./Page";

export function Projects() {
  const { api, may, project } = useSession();
  const [creating, setCreating] = useState(false);
  const projects = useQuery({
    queryKey: ["projects"],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/projects", { signal })),
  });
  const items = projects.data?.items ?? [];
  return (
    <Page
      title="Projects"
      about="Keys, records and prices belong to one project, and are not seen from another."
      action={may("project.manage") && <Button leftSection={<IconPlus size={14} aria-hidden />} onClick={() => setCreating(true)}>Create project</Button>}
    >
      {projects.isPending && <Loader size="sm" />}
      {projects.error && <ErrorNote error={projects.error} onRetry={() => void projects.refetch()} />}
      {items.length > 0 && (
        <Table aria-label="Projects">
          <Table.Thead>
            <Table.Tr><Table.Th>Id</Table.Th><Table.Th>Title</Table.Th><Table.Th className="right">Created</Table.Th><Table.Th /></Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {items.map((p) => (
              <Table.Tr key={p.id}>
                <Table.Td className="mono">{p.id}</Table.Td>
                <Table.Td>{p.title || <span className="muted">–</span>}</Table.Td>
                <Table.Td className="num right" title={utc(p.created)}>{p.created ? ago(p.created) : "–"}</Table.Td>
                <Table.Td className="right">
                  {p.id === project
                    ? <span className="muted">chosen</span>
                    : <LinkButton size="compact-xs" variant="subtle" to="/traces" search={{ project: p.id, env: undefined }}>Its traces</LinkButton>}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      <Modal opened={creating} onClose={() => setCreating(false)} title="Create project">
        {creating && <NewProject onClose={() => setCreating(false)} />}
      </Modal>
    </Page>
  );
}

function NewProject({ onClose }: { onClose: () => void }) {
  const { api } = useSession();
  const queryClient = useQueryClient();
  const [id, setId] = useState("");
  const [title, setTitle] = useState("");
  const wrong = id && !/^[a-z0-9][a-z0-9._-]{0,62}$/.test(id) ? "Small letters, digits, dot, underscore and hyphen; at most 63; a letter or digit first." : undefined;
  const create = useMutation({
    mutationFn: () => unwrap(api.POST("/api/v1/projects", { body: { id, title: title.trim() } })),
    onSuccess: async () => {
      await Promise.all([
        queryClient.invalidateQueries({ queryKey: ["projects"] }),
        queryClient.invalidateQueries({ queryKey: meQuery.queryKey }),
      ]);
      onClose();
    },
  });
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        create.mutate();
      }}
    >
      <Stack gap="sm">
        <TextInput label="Id" description="Its name in keys, links and files; it stays" required data-autofocus error={wrong} value={id} onChange={(e) => setId(e.currentTarget.value.trim())} />
        <TextInput label="Title" description="For people; may be empty" value={title} onChange={(e) => setTitle(e.currentTarget.value)} />
        {create.error && <ErrorNote error={create.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>Cancel</Button>
          <Button type="submit" loading={create.isPending} disabled={!id || wrong !== undefined}>Create</Button>
        </Group>
      </Stack>
    </form>
  );
}
