import { NativeSelect } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { environmentsQuery } from "../api/queries";
import { useSession } from "../session";

/** The environments that wrote something in the period; the chosen one stays listed even when it did not. */
export function EnvironmentSelect() {
  const session = useSession();
  const search = useSearch({ strict: false });
  const navigate = useNavigate();
  const { data } = useQuery(environmentsQuery(session, search));
  const names = new Set((data ?? []).filter(Boolean));
  if (search.env) names.add(search.env);
  return (
    <NativeSelect
      aria-label="Environment"
      data={[{ value: "", label: "All environments" }, ...[...names].toSorted()]}
      value={search.env ?? ""}
      onChange={(e) => {
        const env = e.currentTarget.value || undefined;
        void navigate({ to: ".", search: ((old: object) => ({ ...old, env })) as never, replace: true });
      }}
    />
  );
}
