import { ActionIcon, Button, Tooltip } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useSession } from "../../session";
import { demoQuery } from "./query";
import classes from "./Home.module.css";

/** The demo's planted stories as questions, each with the lists in which its answer shows. */
export function Tour() {
  const session = useSession();
  const [closed, setClosed] = useLocalStorage({ key: "steward.tour.closed", defaultValue: false, getInitialValueInEffect: false });
  const { data } = useQuery(demoQuery(session));
  if (!data || data.project !== session.project || data.questions.length === 0) return null;
  if (closed) {
    return <Button variant="subtle" size="compact-xs" className={classes.again} onClick={() => setClosed(false)}>Show the tour of the demo</Button>;
  }
  return (
    <section className={classes.tour} aria-labelledby="tour">
      <div className={classes.head}>
        <h2 id="tour">A tour of the demo in {data.questions.length} questions</h2>
        <span className="muted num">
          {data.state === "filling" && `Its four weeks are arriving: ${Math.floor(data.filled * 100)}%`}
        </span>
        <Tooltip label="Close the tour">
          <ActionIcon size="sm" aria-label="Close the tour" onClick={() => setClosed(true)}><IconX size={15} aria-hidden /></ActionIcon>
        </Tooltip>
      </div>
      <ol className={classes.questions}>
        {data.questions.map((q) => (
          <li key={q.id}>
            <details>
              <summary>{q.question}</summary>
              <p>{q.answer}</p>
            </details>
            <div className={classes.looks}>
              {q.looks.map((l) => (
                <Link key={l.label} to="/traces" search={{ filter: l.filter || undefined, sort: l.sort || undefined, from: l.from, to: l.to, period: undefined, env: undefined } as never}>
                  {l.label}
                </Link>
              ))}
            </div>
          </li>
        ))}
      </ol>
    </section>
  );
}
