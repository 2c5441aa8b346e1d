import { QueryCache, type QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, Outlet, redirect, retainSearchParams,
} from "@tanstack/react-router";
import { ApiError, makeClient } from "./api/client";
import { Broken, NotFound } from "./components/Broken";
import {
  listSearch, parseSearch, shellSearch, stringifySearch, traceSearch, type ListSearch, type ShellSearch, type TraceSearch,
} from "./lib/search";
import { newestTraceQuery } from "./api/queries";
import { arrivalsSearch, type ArrivalsSearch } from "./pages/arrivals/search";
import { startSearch, type StartSearch } from "./pages/start/choices";
import { usageSearch, type UsageSearch } from "./pages/usage/search";
import { meQuery } from "./session";
import { Shell } from "./shell/Shell";

const root = createRootRouteWithContext<{ queryClient: QueryClient }>()({
  component: Outlet,
  notFoundComponent: NotFound,
});

const signin = createRoute({
  getParentRoute: () => root,
  path: "/signin",
  validateSearch: (raw: Record<string, unknown>): { token?: string; next?: string } => ({
    token: typeof raw.token === "string" ? raw.token : undefined,
    next: localPath(raw.next),
  }),
  component: lazyRouteComponent(() => import("./pages/signin/SignIn"), "SignIn"),
});

/** Only a path of this very server; "//host" would lead to another one. */
function localPath(value: unknown): string | undefined {
  return typeof value === "string" && /^\/(?![/\\])/.test(value) ? value : undefined;
}

const shell = createRoute({
  getParentRoute: () => root,
  id: "shell",
  validateSearch: (raw: Record<string, unknown>): ShellSearch => shellSearch(raw),
  search: { middlewares: [retainSearchParams<ShellSearch>(["project", "env", "period", "from", "to"])] },
  beforeLoad: async ({ context, location }) => {
    try {
      await context.queryClient.ensureQueryData(meQuery);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error;
      const next = location.href === "/" ? undefined : location.href;
      throw redirect({ to: "/signin", search: { next } });
    }
  },
  component: Shell,
  errorComponent: Broken,
});

/** Until the project has a trace of its own, home is where one is sent. */
const home = createRoute({
  getParentRoute: () => shell,
  path: "/",
  beforeLoad: async ({ context, search }) => {
    const me = await context.queryClient.ensureQueryData(meQuery);
    const project = search.project ?? me.project;
    const newest = newestTraceQuery({ api: makeClient({ project, csrf: me.csrf }), project }, undefined);
    const known = { ...newest, staleTime: context.queryClient.getQueryData(newest.queryKey) ? Number.POSITIVE_INFINITY : 0 };
    const any = await context.queryClient.fetchQuery(known).catch(() => undefined); // the page itself says what failed
    if (any === null) throw redirect({ to: "/start", search: { project: search.project } });
  },
  component: lazyRouteComponent(() => import("./pages/home/Home"), "Home"),
});

const start = createRoute({
  getParentRoute: () => shell,
  path: "/start",
  validateSearch: (raw: Record<string, unknown>): StartSearch => startSearch(raw),
  component: lazyRouteComponent(() => import("./pages/start/Start"), "Start"),
});

const list = (raw: Record<string, unknown>): ListSearch => listSearch(raw);

const traces = createRoute({
  getParentRoute: () => shell,
  path: "/traces",
  validateSearch: list,
  component: lazyRouteComponent(() => import("./pages/traces/Traces"), "Traces"),
});

const trace = createRoute({
  getParentRoute: () => shell,
  path: "/traces/$traceId",
  validateSearch: (raw: Record<string, unknown>): TraceSearch => traceSearch(raw),
  component: lazyRouteComponent(() => import("./pages/trace/TracePage"), "TracePage"),
});

const sessions = createRoute({
  getParentRoute: () => shell,
  path: "/sessions",
  validateSearch: list,
  component: lazyRouteComponent(() => import("./pages/sessions/Sessions"), "Sessions"),
});

const session = createRoute({
  getParentRoute: () => shell,
  path: "/sessions/$sessionId",
  component: lazyRouteComponent(() => import("./pages/sessions/SessionPage"), "SessionPage"),
});

const usage = createRoute({
  getParentRoute: () => shell,
  path: "/usage",
  validateSearch: (raw: Record<string, unknown>): UsageSearch => usageSearch(raw),
  component: lazyRouteComponent(() => import("./pages/usage/Usage"), "Usage"),
});

const settings = createRoute({
  getParentRoute: () => shell,
  path: "/settings",
  beforeLoad: ({ location }) => {
    if (/^\/settings\/?$/.test(location.pathname)) throw redirect({ to: "/settings/keys" });
  },
});

const keys = createRoute({
  getParentRoute: () => settings,
  path: "keys",
  validateSearch: (raw: Record<string, unknown>): { create?: "1" } => (raw.create === "1" ? { create: "1" } : {}),
  component: lazyRouteComponent(() => import("./pages/settings/Keys"), "Keys"),
});

const signins = createRoute({
  getParentRoute: () => settings,
  path: "sessions",
  component: lazyRouteComponent(() => import("./pages/settings/SignIns"), "SignIns"),
});

const projects = createRoute({
  getParentRoute: () => settings,
  path: "projects",
  component: lazyRouteComponent(() => import("./pages/settings/Projects"), "Projects"),
});

const arrivals = createRoute({
  getParentRoute: () => settings,
  path: "arrivals",
  validateSearch: (raw: Record<string, unknown>): ArrivalsSearch => arrivalsSearch(raw),
  component: lazyRouteComponent(() => import("./pages/arrivals/Arrivals"), "Arrivals"),
});

const tree = root.addChildren([
  signin,
  shell.addChildren([home, start, traces, trace, sessions, session, usage, settings.addChildren([keys, signins, projects, arrivals])]),
]);

export function makeRouter(queryClient: QueryClient) {
  const router = createRouter({
    routeTree: tree,
    context: { queryClient },
    parseSearch,
    stringifySearch,
    defaultPreload: false,
    defaultErrorComponent: Broken,
    scrollRestoration: false,
  });
  watchSignIn(queryClient, () => {
    const { pathname, href } = router.state.location;
    if (pathname !== "/signin") void router.navigate({ to: "/signin", search: { next: href } });
  });
  return router;
}

/** A session can end while a page is open: the first 401 of any query leads to the sign-in page and back. */
function watchSignIn(queryClient: QueryClient, leave: () => void): void {
  const cache: QueryCache = queryClient.getQueryCache();
  cache.subscribe((event) => {
    if (event.type !== "updated" || event.action.type !== "error") return;
    const error: unknown = event.action.error;
    if (error instanceof ApiError && error.status === 401 && event.query.queryKey[0] !== "me") {
      queryClient.removeQueries({ queryKey: meQuery.queryKey });
      leave();
    }
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
