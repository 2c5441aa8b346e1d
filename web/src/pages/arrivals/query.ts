import { queryOptions } from "@tanstack/react-query";
import { unwrap } from "../../api/client";
import type { Session } from "../../session";

export const pollMs = 2000;

/** Who tried to send in the last hour, asked again and again. */
export function arrivalsQuery({ api, project }: Pick<Session, "api" | "project">) {
  return queryOptions({
    queryKey: ["arrivals", project],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/arrivals", { signal })),
    refetchInterval: pollMs,
    staleTime: 0,
  });
}
