import { Badge, Button, Loader, Table } from "@mantine/core";
import { IconUserPlus } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { unwrap } from "../../api/client";
import type { BrowserSession } from "../../api/types";
import { ErrorNote } from "../../components/ErrorNote";
import { ago, utc } from "../../lib/time";
import { useSession } from "../../session";
import { Confirm } from "./Confirm";
import { Invite } from "./Invite";
import { Page } from "./Page";
import classes from "./Settings.module.css";

export function SignIns() {
  const { api, may } = useSession();
  const queryClient = useQueryClient();
  const [ending, setEnding] = useState<BrowserSession>();
  const [inviting, setInviting] = useState(false);
  const sessions = useQuery({
    queryKey: ["browser-sessions"],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/browser-sessions", { signal })),
  });
  const end = useMutation({
    mutationFn: (s: BrowserSession) => unwrap(api.DELETE("/api/v1/browser-sessions/{id}", { params: { path: { id: s.id } } })),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ["browser-sessions"] });
      setEnding(undefined);
    },
  });
  const items = sessions.data?.items ?? [];
  return (
    <Page
      title="Sign-ins"
      about="Browsers that are signed in. Ending one signs that browser out at once."
      action={may("user.invite") && <Button leftSection={<IconUserPlus size={14} aria-hidden />} onClick={() => setInviting(true)}>Invite</Button>}
    >
      {sessions.isPending && <Loader size="sm" />}
      {sessions.error && <ErrorNote error={sessions.error} onRetry={() => void sessions.refetch()} />}
      {items.length > 0 && (
        <Table aria-label="Sign-ins">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Who</Table.Th><Table.Th>Role</Table.Th><Table.Th>Address</Table.Th><Table.Th>Browser</Table.Th><Table.Th className="right">Signed in</Table.Th>
              <Table.Th className="right">Last seen</Table.Th><Table.Th className="right">Ends</Table.Th><Table.Th />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {items.map((s) => (
              <Table.Tr key={s.id}>
                <Table.Td>{s.who.name || s.who.id} {s.current && <Badge ml={4}>this browser</Badge>}</Table.Td>
                <Table.Td>{s.role}</Table.Td>
                <Table.Td className="mono">{s.address}</Table.Td>
                <Table.Td><div className={classes.agent} title={s.agent}>{browser(s.agent)}</div></Table.Td>
                <Table.Td className="num right" title={utc(s.created)}>{ago(s.created)}</Table.Td>
                <Table.Td className="num right" title={utc(s.last_seen)}>{ago(s.last_seen)}</Table.Td>
                <Table.Td className="num right" title={utc(s.expires)}>{ago(s.expires)}</Table.Td>
                <Table.Td className="right">
                  {may("session.manage") && (
                    <Button size="compact-xs" variant="subtle" color="red" onClick={() => setEnding(s)}>End</Button>
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      <Invite opened={inviting} onClose={() => setInviting(false)} />
      <Confirm
        opened={ending !== undefined}
        title="End this sign-in?"
        text={ending?.current ? "This is the browser that you are using now; you will have to sign in again." : "That browser has to sign in again."}
        verb="End"
        busy={end.isPending}
        error={end.error}
        onConfirm={() => ending && end.mutate(ending)}
        onClose={() => setEnding(undefined)}
      />
    </Page>
  );
}

/** The browser's name and system out of its user agent text, or that text where they cannot be told. */
function browser(agent: string): string {
  const name = /(Firefox|Edg|OPR|Chrome|Safari)\/(\d+)/.exec(agent);
  const system = /(Windows|Mac OS X|Android|iPhone|Linux)/.exec(agent);
  if (!name) return agent || "unknown";
  const names: Record<string, string> = { Edg: "Edge", OPR: "Opera" };
  const version = name[1] === "Safari" ? (/Version\/(\d+)/.exec(agent)?.[1] ?? name[2]) : name[2];
  return `${names[name[1]!] ?? name[1]} ${version}${system ? ` on ${system[1] === "Mac OS X" ? "macOS" : system[1]}` : ""}`;
}
