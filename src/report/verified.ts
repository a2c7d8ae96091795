import type { trackRecord, Verified } from '../experiments/verify/judge.js';
import { WIDEST } from '../experiments/verify/judge.js';

const ms = (x: number): string => `${Number(x.toPrecision(3))} ms`;
const percent = (x: number): string => `${Math.round(100 * Math.abs(x))} %`;

const WORDS = {
  inside: 'inside the interval',
  better: 'below the interval: the fix brought more than was forecast',
  worse: 'above the interval: the fix brought less than was forecast',
} as const;

/** What `verify` says on a terminal. */
export function verifyTerminal(v: Verified, track?: ReturnType<typeof trackRecord>): string {
  const [low, high] = v.forecast.intervalMs;
  const runs = (n: number): string => (n === 1 ? 'one run' : `${n} runs`);
  const c = v.comparison;
  return `${[
    `${v.held ? 'The forecast held' : 'The forecast did not hold'}: ${v.forecast.recommendation}, p99 of ${v.forecast.operation.name}.`,
    `  forecast  ${ms(v.forecast.nowMs)} → ${ms(v.forecast.valueMs)} (${ms(low)}–${ms(high)})`,
    `  measured  ${ms(v.beforeMs)} → ${ms(v.afterMs)} (${v.runs.before === 0 ? 'before as investigated' : runs(v.runs.before)}, ${runs(v.runs.after)} after): ${WORDS[v.position]}`,
    `  off by    ${percent(v.error)} of what was measured, too ${v.error >= 0 ? 'high' : 'low'}`,
    ...(v.widthFactor > WIDEST
      ? [`  The interval is wider than a factor ${WIDEST}: it holds nearly anything, and counts as not held.`]
      : []),
    ...(c
      ? [
          `  run by run: ${c.better ? 'better beyond doubt' : c.verdict === 'fail' ? 'worse beyond doubt' : `not settled, ${c.moreRuns} more runs a side would tell`}`,
        ]
      : [
          '  One run a side cannot tell a change from the luck of a run: give several, taken in turn, for that.',
        ]),
    ...(track
      ? [
          `  record: ${track.held} of ${track.forecasts} forecasts held; median error ${percent(track.medianAbsError)}`,
        ]
      : []),
  ].join('\n')}\n`;
}
