import { Button, Chip, SegmentedControl, Text, Title } from "@mantine/core";
import { IconKey } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { unwrap } from "../../api/client";
import { newestTraceQuery } from "../../api/queries";
import { Copy } from "../../components/Copy";
import { ErrorNote } from "../../components/ErrorNote";
import { Snippet } from "../../components/Snippet";
import { useSession } from "../../session";
import { chosen, languages } from "./choices";
import { fill, pieces, placeholder } from "./guide";
import { guides } from "./guides";
import classes from "./Start.module.css";
import { Waiting } from "./Waiting";

/** From nothing to the first trace: choose, make a key, paste, watch it come. */
export function Start() {
  const session = useSession();
  const search = useSearch({ from: "/shell/start" });
  const navigate = useNavigate({ from: "/start" });
  const any = useQuery({ ...newestTraceQuery(session, undefined), staleTime: 0 });
  const key = useKey();
  const { language, way } = chosen(search);
  const guide = guides.get(way.guide);
  if (!guide) throw new Error(`there is no guide ${way.guide}`);

  const choose = (next: { language?: string; with?: string }) =>
    void navigate({ search: (old) => ({ ...old, ...next }), replace: true });
  const put = (text: string) => fill(text, window.location.origin, key.secret);
  return (
    <div className={classes.scroll}>
      <div className={classes.page}>
        <div className={classes.main}>
          <Title order={1}>{any.data === null ? "Send your first trace" : "Send your own"}</Title>
          <p className={`${classes.about} muted`}>
            Anything that speaks OpenTelemetry can send to the project {session.project}; no library of ours is needed.
          </p>
          <SegmentedControl
            aria-label="Language"
            data={languages.map((l) => ({ value: l.id, label: l.label }))}
            value={language.id}
            onChange={(id) => choose({ language: id === languages[0].id ? undefined : id, with: undefined })}
          />
          {language.ways.length > 1 && (
            <Chip.Group value={way.id} onChange={(id) => choose({ with: id === language.ways[0]!.id ? undefined : id })}>
              <div role="radiogroup" aria-label="With" className={classes.ways}>
                {language.ways.map((w) => <Chip key={w.id} value={w.id} size="xs" variant="outline">{w.label}</Chip>)}
              </div>
            </Chip.Group>
          )}
          <p>{words(guide.intro)}</p>
          <ol className={classes.steps}>
            <Step title="Make a key">
              <KeyStep {...key} name={way.guide} />
            </Step>
            {guide.setup && <Step title="Paste into a terminal: what to install and where to send"><Snippet text={put(guide.setup)} what="set-up" /></Step>}
            <Step title={guide.setup ? "Paste into the same terminal: send" : "Paste into a terminal: send"}>
              <Snippet text={put(guide.send)} what="what sends" />
            </Step>
          </ol>
          {guide.next && <p>{words(guide.next)}</p>}
          <p className="muted">{words(guide.proof)}</p>
        </div>
        <aside className={classes.side} aria-label="What comes in">
          {any.data !== undefined && any.isFetchedAfterMount && <Waiting key={session.project} newest={any.data} />}
          {any.error && <ErrorNote error={any.error} onRetry={() => void any.refetch()} />}
        </aside>
      </div>
    </div>
  );
}

function Step({ title, children }: { title: string; children: ReactNode }) {
  return (
    <li>
      <h2>{title}</h2>
      {children}
    </li>
  );
}

function words(text: string): ReactNode[] {
  return pieces(text).map((p, i) => (p.code ? <code key={i} className={classes.code}>{p.text}</code> : p.text));
}

/** The key that was made on this page. It is kept in memory until the page is loaded anew, and nowhere else. */
function useKey() {
  const { api, project, may } = useSession();
  const queryClient = useQueryClient();
  const at = ["start-key", project];
  const { data: secret } = useQuery<string>({ queryKey: at, enabled: false, staleTime: Number.POSITIVE_INFINITY, gcTime: Number.POSITIVE_INFINITY });
  const make = useMutation({
    mutationFn: (name: string) => unwrap(api.POST("/api/v1/keys", { body: { name, scopes: ["ingest"] } })),
    onSuccess: (made) => {
      queryClient.setQueryData(at, made.key);
      void queryClient.invalidateQueries({ queryKey: ["keys"] });
    },
  });
  return { secret, make, allowed: may("key.manage") };
}

function KeyStep({ secret, make, allowed, name }: ReturnType<typeof useKey> & { name: string }) {
  if (secret) {
    return (
      <>
        <div className={classes.key}><code>{secret}</code><Copy text={secret} what="key" /></div>
        <Text fz="sm" className="muted">It is in the lines below. It can only send, and it is shown this once: keep it where your program finds it.</Text>
      </>
    );
  }
  if (!allowed) {
    return <Text>Your role may not make keys. Ask for one with the scope ingest, and put it in place of <code className={classes.code}>{placeholder}</code>.</Text>;
  }
  return (
    <>
      <Button leftSection={<IconKey size={14} aria-hidden />} loading={make.isPending} onClick={() => make.mutate(name)}>Make a key</Button>
      <Text fz="sm" className="muted" mt={4}>
        It can only send, and takes the place of <code className={classes.code}>{placeholder}</code> below.
      </Text>
      {make.error && <ErrorNote error={make.error} />}
    </>
  );
}
