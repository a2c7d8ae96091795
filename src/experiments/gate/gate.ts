import { type Calibration, calibrate } from '../compare/calibrate.js';
import { type CompareOptions, type Comparison, compareRuns, type Verdict } from '../compare/compare.js';
import type { Run } from '../compare/run.js';

export interface GateAnswer {
  verdict: Verdict;
  comparison: Comparison;
  /** The gate held against the baseline's own history, when there is enough of it. */
  calibration?: Calibration;
  /** What speaks for care. */
  notes: string[];
}

/**
 * Compares, and guards the answer against what ranks cannot see: when one side was run after the other, a difference must
 * stand out from those between neighbouring blocks of the history, because drift between the two times looks like a change.
 * `history` holds runs of the baseline in the order of time.
 */
export function gate(
  baseline: readonly Run[],
  candidate: readonly Run[],
  history: readonly Run[],
  options: CompareOptions,
): GateAnswer {
  const comparison = compareRuns(baseline, candidate, options);
  const size = Math.min(baseline.length, candidate.length);
  const apart = comparison.order === 'one after the other';
  const calibration = calibrate(
    history,
    size,
    { ...options, metrics: comparison.metrics.map((m) => m.metric) },
    apart ? 'blocks' : 'random',
  );
  const notes: string[] = [];
  if (comparison.order === 'unknown')
    notes.push(
      'The starts of the runs are not known: interleave them, so that drift of the machine falls on both sides.',
    );
  if (apart && !calibration)
    notes.push(
      'One side was run after the other: drift between the two times cannot be told from a change. Interleave the runs, or keep a history.',
    );
  const metrics = comparison.metrics.map((m) => {
    const floor = apart ? calibration?.floor[m.metric] : undefined;
    if (m.verdict !== 'fail' || floor === undefined || Math.abs(m.shift) > floor) return m;
    notes.push(
      `${m.metric} moved no more than neighbouring blocks of the history do (${(floor * 100).toFixed(1)} %): interleave the runs to tell.`,
    );
    return { ...m, verdict: 'inconclusive' as const, moreRuns: Math.max(1, m.moreRuns) };
  });
  if (calibration && calibration.falseAlarms > options.level)
    notes.push(
      `On this history the gate calls ${(calibration.falseAlarms * 100).toFixed(1)} % of unchanged comparisons a failure, more than the ${(options.level * 100).toFixed(0)} % it promises: the runs depend on each other. Raise the smallest effect, or interleave.`,
    );
  const verdicts = metrics.map((m) => m.verdict);
  const verdict = verdicts.includes('fail')
    ? 'fail'
    : verdicts.includes('inconclusive')
      ? 'inconclusive'
      : 'pass';
  return {
    verdict,
    comparison: { ...comparison, metrics, verdict },
    ...(calibration ? { calibration } : {}),
    notes,
  };
}
