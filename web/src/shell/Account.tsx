import { ActionIcon, Menu, useMantineColorScheme, Tooltip } from "@mantine/core";
import { IconLogout, IconMoon, IconSun, IconUser } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useComputedColorScheme } from "@mantine/core";
import { unwrap } from "../api/client";
import { useSession } from "../session";

export function Account() {
  return (
    <>
      <ThemeToggle />
      <UserMenu />
    </>
  );
}

function ThemeToggle() {
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme("light", { getInitialValueInEffect: false });
  const next = scheme === "dark" ? "light" : "dark";
  return (
    <Tooltip label={`Switch to ${next}`}>
      <ActionIcon aria-label={`Switch to ${next}`} onClick={() => setColorScheme(next)}>
        {scheme === "dark" ? <IconSun size={16} aria-hidden /> : <IconMoon size={16} aria-hidden />}
      </ActionIcon>
    </Tooltip>
  );
}

function UserMenu() {
  const { me, api } = useSession();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const signOut = useMutation({
    mutationFn: () => unwrap(api.POST("/api/v1/signout")),
    onSettled: async () => {
      await navigate({ to: "/signin" });
      queryClient.clear();
    },
  });
  return (
    <Menu position="bottom-end" shadow="md" width={220}>
      <Menu.Target>
        <ActionIcon aria-label="Account">
          <IconUser size={16} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {me.principal.name || me.principal.id} · {me.role || me.principal.kind}
        </Menu.Label>
        <Menu.Item leftSection={<IconLogout size={14} aria-hidden />} onClick={() => signOut.mutate()}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
