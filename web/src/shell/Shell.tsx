import { AppShell, Group, NavLink, ScrollArea, Text } from "@mantine/core";
import { IconBinaryTree2, IconChartBar, IconFolders, IconHome, IconKey, IconMessages, IconPlugConnected, IconUpload, IconUserCheck, type Icon } from "@tabler/icons-react";
import { Link, Outlet, useRouterState, type LinkProps } from "@tanstack/react-router";
import { KeyHelp } from "../components/KeyHelp";
import { useSession } from "../session";
import { Account } from "./Account";
import { EnvironmentSelect } from "./EnvironmentSelect";
import { PeriodSelect } from "./PeriodSelect";
import { ProjectSelect } from "./ProjectSelect";
import classes from "./Shell.module.css";

interface Item {
  label: string;
  to: LinkProps["to"];
  icon: Icon;
  action: string;
}

/** What exists, and nothing else. The headings are the verbs of the loop. */
const sections: { heading?: string; items: Item[] }[] = [
  { items: [{ label: "Home", to: "/", icon: IconHome, action: "trace.read" }] },
  {
    heading: "Observe",
    items: [
      { label: "Traces", to: "/traces", icon: IconBinaryTree2, action: "trace.read" },
      { label: "Sessions", to: "/sessions", icon: IconMessages, action: "trace.read" },
      { label: "Usage & cost", to: "/usage", icon: IconChartBar, action: "trace.read" },
    ],
  },
  {
    heading: "Settings",
    items: [
      { label: "Keys", to: "/settings/keys", icon: IconKey, action: "key.read" },
      { label: "Sign-ins", to: "/settings/sessions", icon: IconUserCheck, action: "session.read" },
      { label: "Projects", to: "/settings/projects", icon: IconFolders, action: "project.read" },
      { label: "Arrivals", to: "/settings/arrivals", icon: IconPlugConnected, action: "ingest.read" },
      { label: "Send your own", to: "/start", icon: IconUpload, action: "trace.read" },
    ],
  },
];

export function Shell() {
  const { may } = useSession();
  const path = useRouterState({ select: (s) => s.location.pathname });
  const period = ["/", "/traces", "/sessions", "/usage"].includes(path); // one record is not of a period
  return (
    <AppShell header={{ height: 44 }} navbar={{ width: 176, breakpoint: 0 }} padding={0} layout="alt">
      <AppShell.Header className={classes.header}>
        <ProjectSelect />
        {period && <EnvironmentSelect />}
        {period && <PeriodSelect />}
        <div className={classes.grow} />
        <Account />
      </AppShell.Header>
      <AppShell.Navbar className={classes.navbar}>
        <Link to="/" className={classes.brand} aria-label="Steward, to the home page">
          <img src="/favicon.svg" alt="" width={20} height={20} />
          <Text fw={600} fz="md">Steward</Text>
        </Link>
        <ScrollArea className={classes.grow} type="auto">
          <nav aria-label="Pages">
            {sections.map((section) => {
              const items = section.items.filter((item) => may(item.action));
              if (items.length === 0) return null;
              return (
                <div key={section.heading ?? ""} className={classes.section}>
                  {section.heading && <div className={classes.heading}>{section.heading}</div>}
                  {items.map((item) => (
                    <Entry key={item.label} item={item} active={path === item.to || path.startsWith(`${item.to}/`)} />
                  ))}
                </div>
              );
            })}
          </nav>
        </ScrollArea>
        <Version />
      </AppShell.Navbar>
      <KeyHelp />
      <AppShell.Main className={classes.main}>
        <Outlet />
      </AppShell.Main>
    </AppShell>
  );
}

function Entry({ item, active }: { item: Item; active: boolean }) {
  return (
    <NavLink
      className={classes.entry}
      component={Link}
      to={item.to}
      label={item.label}
      leftSection={<item.icon size={16} stroke={1.6} aria-hidden />}
      active={active}
      aria-current={active ? "page" : undefined}
    />
  );
}

function Version() {
  const { me } = useSession();
  return (
    <Group className={classes.version} gap={4}>
      <span className="muted">{me.version}</span>
    </Group>
  );
}
