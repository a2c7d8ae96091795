import type { Problem } from '../domain/index.js';
import type { Requests } from './requests.js';
import { MOST_SPANS, type Trace } from './traces.js';

/** Clocks that differ by less do so in most systems; the picture is not changed by it. */
const NOTABLE_SKEW_MS = 10;

/** What was odd about the walked traces and could make the picture wrong: always said. */
export function traceProblems(
  requests: Requests,
  traces: readonly Trace[],
  phasesBy: string | undefined,
): Problem[] {
  const problems: Problem[] = [];
  const say = (severity: Problem['severity'], what: string, todo: string): void => {
    problems.push({ severity, what, where: 'traces', todo });
  };
  if (requests.rootless > 0)
    say(
      'warning',
      `${requests.rootless} of ${requests.traces} traces lack their first span. The earliest span recorded stands for the request where most lack it; else they are left out.`,
      'Check that the service in front exports its spans, and that sampling decides once for a whole trace.',
    );
  const incomplete = traces.filter((t) => t.orphans > 0);
  if (incomplete.length > 0)
    say(
      'warning',
      `${incomplete.length} of ${traces.length} walked traces are incomplete: ${sum(incomplete.map((t) => t.orphans))} spans name a parent that is not there. Time below the missing spans is counted as the caller’s own.`,
      'Look for a service that does not export, or that drops spans; check sampling and the time-out of the batch exporter.',
    );
  const circles = traces.filter((t) => t.cut > 0);
  if (circles.length > 0)
    say(
      'warning',
      `${circles.length} walked traces have spans whose parents form a circle. The circle was cut at the span that closes it.`,
      'Check how the exporter sets parent ids.',
    );
  const skewed = traces.filter((t) => t.moved.length > 0);
  if (skewed.length > 0) {
    const shifts = skewed.flatMap((t) => t.moved.map((m) => Math.abs(m.shift))).sort((a, b) => a - b);
    const middle = shifts[Math.floor(shifts.length / 2)] ?? 0;
    const worst = shifts[shifts.length - 1] ?? 0;
    say(
      worst < NOTABLE_SKEW_MS ? 'note' : 'warning',
      `Clocks differ: in ${skewed.length} of ${traces.length} walked traces the other side of a call lies outside of the call as recorded. ${shifts.length} spans were moved into their call, by ${ms(middle)} in the middle and ${ms(worst)} at most; recorded times stay in the store. Queue gaps of these calls cannot be told.`,
      'Check time synchronisation (NTP, PTP) of the hosts.',
    );
  }
  const cutOff = traces.filter((t) => t.spans.length >= MOST_SPANS);
  if (cutOff.length > 0)
    say(
      'warning',
      `${cutOff.length} walked traces have more than ${MOST_SPANS} spans; only the first were read.`,
      'Split batch work into traces of its own.',
    );
  const ahead = traces.filter((t) =>
    t.spans.some((s, row) => (t.tree.start[row] as number) > 86_400_000 && s.id !== ''),
  );
  if (ahead.length > 0)
    say(
      'warning',
      `${ahead.length} walked traces have spans that start more than a day after their request: from the future, as it looks. They are not on the critical path.`,
      'Check the clock of the host that sent them.',
    );
  if (phasesBy !== undefined) problems.push(splitNote(phasesBy));
  return problems;
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const ms = (value: number): string => `${Number(value.toPrecision(3))} ms`;

/** How the baseline was found, when nobody named one. */
export const splitNote = (says: string): Problem => ({
  severity: 'note',
  what: says,
  where: 'time of the recording',
  todo: 'Give the time before the trouble with --baseline, where it is known.',
});
