import { changePoints } from '../../models/change-points/segment.js';
import { harrellDavis, sorted } from '../../models/quantile.js';
import { hodgesLehmann } from '../../models/rank-test.js';
import { mean } from '../../models/spread.js';
import type { Series } from './series.js';

/** One lasting change of one series. */
export interface HistoryChange {
  series: string;
  unit: string;
  /** First point after the change. */
  index: number;
  /** The last point before and the first after: the cause lies between. */
  after: string;
  until: string;
  atMs?: number;
  kind: 'step' | 'step on a trend' | 'slope';
  direction: 'worse' | 'better';
  /** Typical values of the stretch before and of the stretch after. */
  before: number;
  now: number;
  /** As a share of the value before, with its interval. */
  shift: number;
  low?: number;
  high?: number;
  /** How often noise would look like this is bounded by the threshold; this is by how much it was passed. */
  evidence: number;
  needed: number;
  /** A later change undid it: index of that one. */
  wentAwayAt?: number;
  /** Series that moved the other way at the same place by about the same amount: the cost moved, it did not grow. */
  movedTo?: string[];
}

export interface HistoryOptions {
  /** Smallest change that is told, as a share. */
  minimumEffect: number;
  minimumLength: number;
}
export const DEFAULT_HISTORY: HistoryOptions = { minimumEffect: 0.02, minimumLength: 5 };

/** Points nearer than this are one place. */
const SAME_PLACE = 2;
/** A level within this share of the step from the one before has come back. */
const RETURNED = 0.3;
const BALANCE = 0.25;

/** Every lasting change of every series, in the order of the series and of time. */
export function historyChanges(
  all: readonly Series[],
  options: HistoryOptions = DEFAULT_HISTORY,
): HistoryChange[] {
  const changes = all.flatMap((s) => ofSeries(s, all.length, options));
  markMoved(changes);
  return changes;
}

function ofSeries(s: Series, amongSeries: number, options: HistoryOptions): HistoryChange[] {
  const values = s.points.map((p) => p.value);
  const found = changePoints(values, { minimumLength: options.minimumLength, amongSeries });
  const out: HistoryChange[] = [];
  for (const [i, c] of found.entries()) {
    const from = found[i - 1]?.at ?? 0;
    const to = found[i + 1]?.at ?? values.length;
    const [a, b] = around(values, from, c.at, to, c.on === 'level' ? undefined : options.minimumLength * 2);
    const before = harrellDavis(sorted(a), 0.5);
    const now = harrellDavis(sorted(b), 0.5);
    const { shift, low, high } = hodgesLehmann(a, b);
    const scale = Math.abs(before) > 0 ? Math.abs(before) : Math.max(Math.abs(mean(values)), 1e-12);
    if (c.on !== 'slope' && Math.abs(shift) / scale < options.minimumEffect) continue;
    const point = s.points[c.at];
    out.push({
      series: s.name,
      unit: s.unit,
      index: c.at,
      after: s.points[c.at - 1]?.label ?? '',
      until: point?.label ?? '',
      ...(point?.atMs === undefined ? {} : { atMs: point.atMs }),
      kind: c.on === 'level' ? 'step' : c.on === 'trend' ? 'step on a trend' : 'slope',
      direction: shift > 0 === (s.worse === 'higher') ? 'worse' : 'better',
      before,
      now,
      shift: shift / scale,
      ...(low === undefined ? {} : { low: low / scale }),
      ...(high === undefined ? {} : { high: high / scale }),
      evidence: c.evidence,
      needed: c.needed,
    });
  }
  for (const [i, c] of out.entries()) {
    const undone = out
      .slice(i + 1)
      .find((later) => Math.abs(later.now - c.before) < RETURNED * Math.abs(c.now - c.before));
    if (undone) c.wentAwayAt = undone.index;
  }
  return out;
}

/** The values before and after; on a trend only those near the change, because the level moves by itself. */
function around(
  values: readonly number[],
  from: number,
  at: number,
  to: number,
  near?: number,
): [number[], number[]] {
  return [
    values.slice(near === undefined ? from : Math.max(from, at - near), at),
    values.slice(at, near === undefined ? to : Math.min(to, at + near)),
  ];
}

/** A refactoring moves cost from one place to another: steps of one unit at one place that cancel each other. */
function markMoved(changes: HistoryChange[]): void {
  for (const c of changes) {
    const others = changes.filter(
      (o) =>
        o.series !== c.series &&
        o.unit === c.unit &&
        Math.abs(o.index - c.index) <= SAME_PLACE &&
        o.kind === 'step',
    );
    const own = c.now - c.before;
    const against = others.filter((o) => Math.sign(o.now - o.before) === -Math.sign(own));
    const sum = against.reduce((total, o) => total + (o.now - o.before), own);
    if (against.length > 0 && Math.abs(sum) < BALANCE * Math.abs(own))
      c.movedTo = against.map((o) => o.series);
  }
}
