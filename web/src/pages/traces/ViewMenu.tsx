import { Button, Checkbox, Menu, Modal, Stack, TextInput } from "@mantine/core";
import { IconBookmark, IconChevronDown, IconDeviceFloppy, IconLink, IconPencil, IconTrash, IconUser, IconUsers } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { viewsQuery } from "../../api/explore";
import { unwrap } from "../../api/client";
import type { NewSavedView, SavedView } from "../../api/types";
import { ErrorNote } from "../../components/ErrorNote";
import { copyText } from "../../lib/clipboard";
import { useSession } from "../../session";

export type ViewBody = Pick<NewSavedView, "filter" | "environment" | "period" | "sort" | "columns">;

interface Props {
  list: SavedView["list"];
  /** The id of the view in the address. */
  current: string | undefined;
  /** What shows now, as a view would keep it. */
  body: ViewBody;
  onOpen: (view: SavedView) => void;
  /** The saved view, or undefined when the one in the address is gone. */
  onSaved: (view: SavedView | undefined) => void;
  /** An address that shows the same to somebody else. */
  link: () => string;
}

/** Saved views: the starters, the project's and one's own; opening, saving, changing and removing them. */
export function ViewMenu({ list, current, body, onOpen, onSaved, link }: Props) {
  const session = useSession();
  const { api, project, may } = session;
  const queryClient = useQueryClient();
  const { data: views = [] } = useQuery(viewsQuery(session, list));
  const [naming, setNaming] = useState(false);
  const now = views.find((v) => v.id === current);
  const changed = now !== undefined && !sameBody(now, body);
  const settled = () => queryClient.invalidateQueries({ queryKey: viewsQuery(session, list).queryKey });
  const update = useMutation({
    mutationFn: (view: SavedView) =>
      unwrap(api.PUT("/api/v1/views/{id}", { params: { path: { id: view.id } }, body: { list, name: view.name, shared: view.shared, ...body } })),
    onSuccess: (view) => { onSaved(view); return settled(); },
  });
  const remove = useMutation({
    mutationFn: (view: SavedView) => unwrap(api.DELETE("/api/v1/views/{id}", { params: { path: { id: view.id } } })),
    onSuccess: () => { onSaved(undefined); return settled(); },
  });
  const own = views.filter((v) => !v.starter);
  const writes = may("view.write");
  return (
    <>
      <Menu position="bottom-start" shadow="md" width={260}>
        <Menu.Target>
          <Button variant="default" h={30} px={8} leftSection={<IconBookmark size={14} aria-hidden />} rightSection={<IconChevronDown size={12} aria-hidden />}>
            {now ? `${now.name}${changed ? " (changed)" : ""}` : "Views"}
          </Button>
        </Menu.Target>
        <Menu.Dropdown mah={480} style={{ overflowY: "auto" }}>
          <Menu.Label>To begin with</Menu.Label>
          {views.filter((v) => v.starter).map((v) => <Menu.Item key={v.id} onClick={() => onOpen(v)}>{v.name}</Menu.Item>)}
          {own.length > 0 && <Menu.Label>Saved in {project}</Menu.Label>}
          {own.map((v) => (
            <Menu.Item
              key={v.id}
              leftSection={v.shared ? <IconUsers size={14} role="img" aria-label="shared" /> : <IconUser size={14} role="img" aria-label="only mine" />}
              onClick={() => onOpen(v)}
            >
              {v.name}
            </Menu.Item>
          ))}
          <Menu.Divider />
          {writes && now && !now.starter && changed && (
            <Menu.Item leftSection={<IconPencil size={14} aria-hidden />} onClick={() => update.mutate(now)}>Save the change to “{now.name}”</Menu.Item>
          )}
          {writes && <Menu.Item leftSection={<IconDeviceFloppy size={14} aria-hidden />} onClick={() => setNaming(true)}>Save as a new view …</Menu.Item>}
          {writes && now && !now.starter && (
            <Menu.Item color="red" leftSection={<IconTrash size={14} aria-hidden />} onClick={() => remove.mutate(now)}>Remove “{now.name}”</Menu.Item>
          )}
          <Menu.Item leftSection={<IconLink size={14} aria-hidden />} onClick={() => void copyText(link())}>Copy a link to this, columns and all</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {(update.error ?? remove.error) && <ErrorNote error={(update.error ?? remove.error)!} />}
      <Modal opened={naming} onClose={() => setNaming(false)} title="Save this view" size="sm">
        {naming && <Naming list={list} body={body} onDone={(view) => { setNaming(false); onSaved(view); void settled(); }} />}
      </Modal>
    </>
  );
}

function Naming({ list, body, onDone }: { list: SavedView["list"]; body: ViewBody; onDone: (view: SavedView) => void }) {
  const { api } = useSession();
  const [name, setName] = useState("");
  const [shared, setShared] = useState(true);
  const save = useMutation({
    mutationFn: () => unwrap(api.POST("/api/v1/views", { body: { list, name: name.trim(), shared, ...body } })),
    onSuccess: onDone,
  });
  return (
    <form onSubmit={(e) => { e.preventDefault(); save.mutate(); }}>
      <Stack gap="sm">
        <TextInput data-autofocus label="Name" value={name} maxLength={80} onChange={(e) => setName(e.currentTarget.value)} />
        <Checkbox label="Everybody in the project sees it" checked={shared} onChange={(e) => setShared(e.currentTarget.checked)} />
        <div className="muted">It keeps filter, environment, columns, order and the period, which ends whenever one looks.</div>
        {save.error && <ErrorNote error={save.error} />}
        <Button type="submit" disabled={name.trim() === ""} loading={save.isPending}>Save</Button>
      </Stack>
    </form>
  );
}

/** Whether a view shows what shows now. Columns count only where the view names some. */
function sameBody(view: SavedView, body: ViewBody): boolean {
  const text = (c: ViewBody["columns"]) => (c ?? []).map((x) => `${x.id}:${x.width ?? ""}`).join();
  return (view.filter ?? "") === (body.filter ?? "") && (view.environment ?? "") === (body.environment ?? "") && (view.sort ?? "") === (body.sort ?? "") &&
    (!view.period || view.period === body.period) && (!view.columns || text(view.columns) === text(body.columns));
}
