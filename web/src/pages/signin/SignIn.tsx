import { Alert, Button, Code, Group, Loader, Paper, PasswordInput, Stack, Text, Title } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useRouter, useSearch } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { ApiError, makeClient, unwrap } from "../../api/client";
import { meQuery } from "../../session";
import classes from "./SignIn.module.css";

/** Takes a key, or the token of a one-time link, which signs in at once. */
export function SignIn() {
  const { token, next } = useSearch({ from: "/signin" });
  const [key, setKey] = useState("");
  const navigate = useNavigate();
  const router = useRouter();
  const queryClient = useQueryClient();
  const signIn = useMutation({
    mutationFn: (body: { key: string } | { token: string }) => unwrap(makeClient().POST("/api/v1/signin", { body })),
    onSuccess: async () => {
      queryClient.clear();
      await queryClient.fetchQuery(meQuery);
      if (next) router.history.replace(next);
      else await navigate({ to: "/", replace: true });
    },
  });
  const wait = useWait(signIn.error);

  // A link works once, so its token is sent once, and leaves the address bar and the history whatever comes of it.
  const sent = useRef<string>(undefined);
  const { mutate } = signIn;
  useEffect(() => {
    if (!token || sent.current === token) return;
    sent.current = token;
    mutate({ token });
    void navigate({ to: "/signin", search: { next }, replace: true });
  }, [token, next, mutate, navigate]);

  const byLink = signIn.variables && "token" in signIn.variables;
  return (
    <main className={classes.page}>
      <Paper className={classes.card} withBorder p="xl">
        <Group gap={8} mb="md">
          <img src="/favicon.svg" alt="" width={24} height={24} />
          <Title order={1}>Sign in to Steward</Title>
        </Group>
        {byLink && signIn.isPending ? (
          <Group><Loader size="sm" /><Text>Signing in with the link</Text></Group>
        ) : (
          <form
            onSubmit={(e) => {
              e.preventDefault();
              if (key.trim()) mutate({ key: key.trim() });
            }}
          >
            <Stack gap="md">
              {signIn.error && (
                <Alert color="red" variant="light" icon={<IconAlertTriangle size={16} aria-hidden />} role="alert">
                  {message(signIn.error, Boolean(byLink), wait)}
                </Alert>
              )}
              <PasswordInput
                label="Key"
                name="key"
                autoComplete="current-password"
                placeholder="stw_…"
                autoFocus
                value={key}
                onChange={(e) => setKey(e.currentTarget.value)}
              />
              <Button type="submit" size="sm" loading={signIn.isPending} disabled={!key.trim() || wait > 0}>
                {wait > 0 ? `Wait ${wait} s` : "Sign in"}
              </Button>
              <Text fz="xs" c="dimmed">
                No key at hand? On the machine that runs Steward, <Code>steward login-link</Code> prints a link that signs
                in once, and <Code>operator.key</Code> in the data folder holds the operator key.
              </Text>
            </Stack>
          </form>
        )}
      </Paper>
    </main>
  );
}

function message(error: Error, byLink: boolean, wait: number): string {
  if (!(error instanceof ApiError)) return error.message;
  if (error.status === 429) {
    return wait > 0 ? `Too many failed attempts. The next one is possible in ${wait} s.` : "Too many failed attempts before. You can try again now.";
  }
  if (error.status === 401 && byLink) return "This link has been used or has run out. Ask for a new one, or sign in with a key.";
  if (error.status === 401) return "This key is not known, or was revoked.";
  return error.message;
}

/** Seconds left until the server takes another attempt. */
function useWait(error: Error | null): number {
  const [left, setLeft] = useState(0);
  useEffect(() => {
    const seconds = error instanceof ApiError && error.status === 429 ? (error.retryAfter ?? 5) : 0;
    setLeft(seconds);
    if (seconds === 0) return;
    const end = Date.now() + seconds * 1000;
    const timer = setInterval(() => {
      const rest = Math.max(0, Math.ceil((end - Date.now()) / 1000));
      setLeft(rest);
      if (rest === 0) clearInterval(timer);
    }, 250);
    return () => clearInterval(timer);
  }, [error]);
  return left;
}
