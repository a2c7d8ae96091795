import { quantile } from '../../models/quantile.js';
import { seededRandom } from '../../models/random.js';
import { type CompareOptions, compareRuns, type Verdict } from './compare.js';
import type { Run } from './run.js';

export interface Calibration {
  /** Splits of the history into two equal sides between which nothing changed. */
  splits: number;
  /** Share of them that the gate called a failure. */
  falseAlarms: number;
  /** Per metric, the change that nineteen in twenty such splits stay below: the noise floor of this history. */
  floor: Record<string, number>;
}

const SPLITS = 200;

/**
 * Runs the gate on the user's own history against itself: sides of `size` runs from the same stretch of the history, so that
 * drift counts. `random` draws interleave the sides; `blocks` take the runs before against the runs after, as a comparison
 * with an older baseline does. `undefined` with fewer than two sides' worth of runs.
 */
export function calibrate(
  history: readonly Run[],
  size: number,
  options: CompareOptions,
  way: 'random' | 'blocks' = 'random',
  seed = 1,
): Calibration | undefined {
  if (size < 1 || history.length < 2 * size) return undefined;
  const random = seededRandom(seed);
  const verdicts: Verdict[] = [];
  const shifts = new Map<string, number[]>();
  const starts = history.length - 2 * size + 1;
  const splits = way === 'blocks' ? starts : SPLITS;
  for (let s = 0; s < splits; s++) {
    const stretch = history.slice(s % starts, (s % starts) + 2 * size);
    const [a, b] = way === 'blocks' ? [stretch.slice(0, size), stretch.slice(size)] : halves(stretch, random);
    const result = compareRuns(a, b, options);
    verdicts.push(result.verdict);
    for (const m of result.metrics) {
      const list = shifts.get(m.metric) ?? [];
      list.push(Math.abs(m.shift));
      shifts.set(m.metric, list);
    }
  }
  return {
    splits,
    falseAlarms: verdicts.filter((v) => v === 'fail').length / splits,
    floor: Object.fromEntries([...shifts].map(([k, v]) => [k, quantile(Float64Array.from(v).sort(), 0.95)])),
  };
}

function halves(runs: readonly Run[], random: () => number): [Run[], Run[]] {
  const order = [...runs];
  for (let i = order.length - 1; i > 0; i--) {
    const k = Math.floor(random() * (i + 1));
    const [x, y] = [order[i] as Run, order[k] as Run];
    order[i] = y;
    order[k] = x;
  }
  return [order.slice(0, runs.length / 2), order.slice(runs.length / 2)];
}
