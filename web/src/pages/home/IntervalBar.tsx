import classes from "./Home.module.css";

interface Props {
  low: number;
  high: number;
  at: number;
  /** What the ends of the axis stand for, the same for all bars that are compared. */
  most: number;
}

const width = 96;

/** An interval around its estimate, with zero in the middle. It repeats the numbers beside it. */
export function IntervalBar({ low, high, at, most }: Props) {
  const x = (v: number) => width / 2 + (Math.max(-most, Math.min(most, v)) / most) * (width / 2 - 2);
  return (
    <svg className={classes.interval} width={width} height={12} aria-hidden focusable="false">
      <line x1={width / 2} x2={width / 2} y1={0} y2={12} className={classes.zero} />
      <line x1={x(low)} x2={x(high)} y1={6} y2={6} className={classes.span} />
      <circle cx={x(at)} cy={6} r={2.5} className={classes.estimate} />
    </svg>
  );
}
