import { Loader } from "@mantine/core";
import { IconFile } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { blobQuery } from "../../api/queries";
import { bytes } from "../../lib/format";
import type { View } from "../../lib/message";
import { useSession } from "../../session";
import classes from "./Trace.module.css";

type MediaView = Extract<View, { as: "image" | "audio" | "file" }>;

/** An image or a sound from the blob store. An address elsewhere is named and never loaded. */
export function Media({ view }: { view: MediaView }) {
  const { source, mime } = view;
  if ("uri" in source) {
    return (
      <div className={classes.callhead}>
        <IconFile size={14} aria-hidden />
        <span>{mime || "file"} at</span>
        <span className="mono prose">{source.uri}</span>
      </div>
    );
  }
  if ("missing" in source) return <span className="muted">{mime || "a file"}, whose bytes the emitter did not send</span>;
  return <Stored view={view} sha={source.blob} />;
}

function Stored({ view, sha }: { view: MediaView; sha: string }) {
  const session = useSession();
  const load = useQuery(blobQuery(session, sha));
  const url = useObjectUrl(load.data);
  const [broken, setBroken] = useState(false);
  if (load.error) return <span className="muted">{view.mime} {sha.slice(0, 12)} could not be loaded: {load.error.message}</span>;
  if (!load.data || !url) return <Loader size="xs" />;
  const caption = `${view.mime || "file"}, ${bytes(load.data.size)}`;
  if (view.as === "image" && !broken) {
    return (
      <figure style={{ margin: 0 }}>
        <img className={classes.image} src={url} alt={`Part of the message: ${caption}`} onError={() => setBroken(true)} />
        <figcaption className="muted num">{caption}</figcaption>
      </figure>
    );
  }
  if (view.as === "audio") {
    return (
      <div>
        {/* eslint-disable-next-line jsx-a11y/media-has-caption -- recorded input has none */}
        <audio controls src={url} />
        <div className="muted num">{caption}</div>
      </div>
    );
  }
  return (
    <a className={classes.callhead} href={url} download={`${sha.slice(0, 12)}`}>
      <IconFile size={14} aria-hidden />
      <span className="num">{caption}</span>
    </a>
  );
}

function useObjectUrl(blob: Blob | undefined): string | undefined {
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    if (!blob) return;
    const made = URL.createObjectURL(blob);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [blob]);
  return url;
}
