import { NativeSelect } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useSession } from "../session";

/** Changing the project keeps the page, and drops what belongs to the old project: environment, filter, open record. */
export function ProjectSelect() {
  const { me, project } = useSession();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const known = me.projects.includes(project) ? me.projects : [project, ...me.projects];
  return (
    <NativeSelect
      aria-label="Project"
      data={known}
      value={project}
      onChange={(e) => {
        const chosen = e.currentTarget.value;
        const path = window.location.pathname;
        const to = path.startsWith("/sessions") ? "/sessions" : /^\/($|settings|start|usage)/.test(path) ? path : "/traces";
        void navigate({ to, search: { project: chosen === me.project ? undefined : chosen, env: undefined } as never });
        void queryClient.invalidateQueries({ predicate: (q) => q.queryKey[0] !== "me" });
      }}
    />
  );
}
