import { Copy } from "./Copy";
import classes from "./Snippet.module.css";

/** Lines to copy into a shell or a file. */
export function Snippet({ text, what }: { text: string; what: string }) {
  return (
    <div className={classes.box}>
      <pre className={classes.text}>{text}</pre>
      <span className={classes.copy}><Copy text={text} what={what} /></span>
    </div>
  );
}
