import { When } from "../../components/facts";
import { utcClock } from "../../lib/time";

/** A time as the reader's clock shows it and in UTC; one of them where they are the same. */
export function Moment({ time }: { time: string }) {
  const same = new Date(time).getTimezoneOffset() === 0;
  return <><When time={time} />{same ? <span className="muted"> UTC</span> : <span className="muted num"> ({utcClock(time)})</span>}</>;
}
