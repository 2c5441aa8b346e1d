import { Button } from "@mantine/core";
import { useMemo, useState } from "react";
import { count } from "../lib/format";
import { textDiff, type Piece } from "../lib/textdiff";
import classes from "./TextDiff.module.css";

export default function TextDiffView({ before, after }: { before: string; after: string }) {
  const pieces = useMemo(() => textDiff(before, after), [before, after]);
  return <div className={`prose ${classes.text}`}>{pieces.map((p, i) => <Shown key={i} piece={p} />)}</div>;
}

function Shown({ piece }: { piece: Piece }) {
  const [open, setOpen] = useState(false);
  if (piece.as === "added") return <ins className={classes.added}>{piece.text}</ins>;
  if (piece.as === "removed") return <del className={classes.removed}>{piece.text}</del>;
  if (piece.as === "same" || open) return piece.text;
  return (
    <Button variant="default" size="compact-xs" mx={4} fw={400} onClick={() => setOpen(true)}>
      {count(piece.text.length)} characters unchanged
    </Button>
  );
}
