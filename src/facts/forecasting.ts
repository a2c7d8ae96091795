import {
  type CausePart,
  type Cell,
  type Fact,
  type Forecasting,
  forecast,
  type Retiming,
  subject,
} from '../domain/index.js';
import { quantile } from '../models/quantile.js';
import { seededRandom } from '../models/random.js';
import { retimedDuration, type TraceChange } from '../models/retime.js';
import { cellsOfRows, earlierTimes, once, type RowCell } from './earlier-times.js';
import type { WalkedTrace } from './sections.js';
import { sampleWeights } from './slow-requests.js';
import { STALLS } from './stalls.js';
import type { Traced } from './traced.js';
import { childrenOf, lengthOf, parentOf, spanAt } from './traces.js';

const RESAMPLES = 200;
/** The interval is to hold the truth eight times in ten. */
const LEVEL = 0.8;
const PERCENTILE = 0.99;

type Claims = readonly { cell: string; share: number }[];

/**
 * p99 of the entry operation with a remedy applied: recorded requests are re-timed with the claimed cells changed,
 * once as if every sibling waited for the one before it, once as if none did. The interval joins both, and the
 * uncertainty of the sample by resampling requests.
 */
export function forecasting(traced: Traced, now: Fact | undefined): Forecasting | undefined {
  const { telemetry, entry, cellOf } = traced;
  const of = traced.traces.filter((t) => t.request.phase === 'incident');
  const slow = of.filter((t) => t.request.slow);
  const others = of.filter((t) => !t.request.slow);
  if (!now || slow.length === 0) return undefined;
  const traces = [...slow, ...others];
  const weights = sampleWeights(traces, entry.slowShare);
  const recorded = traces.map((t) => lengthOf(t, t.root));
  const backTo = earlierTimes(traced, traces, weights);
  const rowsOf = once(() => traces.map((t) => cellsOfRows(t, cellOf)));
  const unchanged = once(() => traces.map((t) => retimedDuration(t.tree, t.root, {}, 'independent')));
  const resampled = once(() => resamples(weights));
  const usual = once(() => spreadBefore(traced));
  const base = weightedQuantile(byValue(recorded), recorded, weights, PERCENTILE);
  // A claim is a share of what a cell grew by: what it took before stays as it was.
  const grownPart = (cell: string): number => {
    const c = telemetry.cells.find((x) => x.id === cell);
    if (!telemetry.hasBaseline || !c || !(c.incident.value > 0)) return 1;
    return Math.min(1, Math.max(0, c.excess.value / c.incident.value));
  };
  const factorOf = (cell: string, retiming: Retiming, worst: boolean): number => {
    const [low, high] = retiming.factor ?? [0, 0];
    const given = worst ? high : low;
    if (retiming.kind === 'batch') return given;
    if (retiming.kind === 'parallel') return 1;
    // What is taken out is gone whole; what is made quicker loses of what it grew by.
    return retiming.kind === 'drop' ? 0 : 1 - grownPart(cell) * (1 - given);
  };
  return {
    retime(claims: Claims, retiming, part) {
      if (claims.length === 0) return undefined;
      const variants = (['independent', 'sequential'] as const).map((variant, i) => {
        const before = variant === 'sequential' ? recorded : unchanged();
        const lengthWith = (t: WalkedTrace, at: number, change: TraceChange): number =>
          lengthOf(t, t.root) - ((before[at] ?? 0) - retimedDuration(t.tree, t.root, change, variant));
        if (telemetry.hasBaseline && goesBack(retiming)) {
          const kept = retiming.growth?.[i] ?? 0;
          const own = backTo(claims, kept);
          const left = (cell: string): number => 1 - grownPart(cell) * (1 - kept);
          return traces.map((t, at) => {
            const change = own(at);
            const gaps = cutGaps(t, claims, cellOf, left, (span) => change.has(span));
            return Math.max(0, lengthWith(t, at, { own: change }) - gaps);
          });
        }
        const factor = (cell: string): number => factorOf(cell, retiming, i === 1);
        const stalls = stalledShare(telemetry.cells, claims, factor);
        return traces.map((t, at) => {
          const change = changeOf(t, rowsOf()[at] ?? [], claims, retiming, factor, stalls);
          return Math.max(0, lengthWith(t, at, change) - cutGaps(t, claims, cellOf, factor));
        });
      });
      if (!(base > 0)) return undefined;
      const orders = variants.map(byValue);
      const ratios = variants.flatMap((durations, i) =>
        ratioInterval(resampled(), durations, orders[i] ?? [], base),
      );
      const middle = variants.map((d, i) => weightedQuantile(orders[i] ?? [], d, weights, PERCENTILE) / base);
      const cut = (share: number): number => now.value * Math.min(1, share);
      const retimedOnly: Outlook = {
        value: cut(middle.reduce((a, b) => a + b, 0) / middle.length),
        interval: [cut(Math.min(...ratios)), cut(Math.max(...ratios))],
      };
      const proportioned =
        part && backToBefore(retiming)
          ? proportional(now.value, part, retiming, retimedOnly, [
              ofTwo(usual()),
              ofTwo((ratios[1] ?? 1) / (middle[0] ?? 1)),
            ])
          : retimedOnly;
      const { value, interval } = retiming.leavesOneRun
        ? notBelow(oneRun(traces, weights, claims, cellOf), proportioned)
        : proportioned;
      const measured = anotherRun(value, interval);
      const id = claims.map((c) => c.cell).join('+');
      const then = forecast(
        {
          name: 'latency.p99',
          subject: {
            ...subject('operation', entry.operation, entry.service),
            // Remedies of one kind that take away more or less of the same are forecasts of their own.
            id: `forecast:${[retiming.kind, ...(retiming.factor ?? []), ...(retiming.growth ?? [])].join('-')}:${id}`,
          },
          value: Math.min(measured[1], Math.max(measured[0], value)),
          unit: 'ms',
          phase: 'planned',
          interval: measured,
          n: traces.length,
        },
        `recorded requests re-timed with the claimed cells changed (${retiming.kind}), siblings side by side and one after the other; 80 % interval over resampled requests and over what two runs of one system differ by${part && backToBefore(retiming) ? '; the rise since the baseline in proportion to the share of the cause' : ''}`,
        part ? [now, part.before, part.claimed, part.withUnexplained, part.withFollowing] : [now],
      );
      return { now, then };
    },
  };
}

interface Outlook {
  value: number;
  interval: [number, number];
}

/**
 * Two runs of one unchanged system under the same requests: their p99 differs by this share, and by this much where it
 * is a few milliseconds (standard deviations over healthy runs of the lab, `docs/decisions/012-forecasts-go-back-in-order.md`).
 */
const BETWEEN_RUNS = 0.03;
const BETWEEN_RUNS_MS = 1;
/** Standard deviations between the ends of an interval of `LEVEL` and its middle. */
const DEVIATIONS = 1.2816;

/** The interval of what is measured in another run: the distance to each end grows by what runs differ by. */
function anotherRun(value: number, [low, high]: readonly [number, number]): [number, number] {
  const wider = (end: number): number =>
    Math.hypot(end - value, DEVIATIONS * Math.hypot(BETWEEN_RUNS * value, BETWEEN_RUNS_MS));
  return [Math.max(Math.min(low, value / 2), value - wider(low)), value + wider(high)];
}

/** The quickest hundredth of the requests that wait for claimed work met the smallest crowd. */
const ALONE = 0.01;

/**
 * How long the claimed work takes when it is done once for all who wait, where p99 still meets it: the share of requests that
 * wait for it falls as it gets quicker, and has to stay above the hundredth. Milliseconds.
 */
function oneRun(
  traces: readonly WalkedTrace[],
  weights: readonly number[],
  claims: Claims,
  cellOf: Traced['cellOf'],
): number | undefined {
  const claimed = new Set(claims.map((c) => c.cell));
  const spent = traces.map((t) =>
    t.sections.reduce((sum, s) => sum + (claimed.has(cellOf(s.key)) ? s.end - s.start : 0), 0),
  );
  const met = spent.map((ms, i) => (ms > 0 ? (weights[i] ?? 0) : 0));
  const share = met.reduce((a, b) => a + b, 0);
  const mean = spent.reduce((sum, ms, i) => sum + ms * (met[i] ?? 0), 0) / share;
  const alone = weightedQuantile(byValue(spent), spent, met, ALONE);
  const all = weights.reduce((a, b) => a + b, 0);
  return (share / all) * (alone / mean) > 1 - PERCENTILE ? alone : undefined;
}

/** What is never below the time of one run; alone that may be quicker than any was in a crowd, by what samples differ by. */
function notBelow(least: number | undefined, outlook: Outlook): Outlook {
  if (least === undefined) return outlook;
  const { value, interval } = outlook;
  return {
    value: Math.max(value, least),
    interval: [Math.max(interval[0], least / SPREAD), Math.max(interval[1], least)],
  };
}

/** How far the percentiles of two samples lie apart, where one lies so far from what it is a sample of: both vary by themselves. */
const ofTwo = (spread: number): number => spread ** Math.SQRT2;

/** How low the p99 of a sample of requests from before may lie, as a share of theirs; one without any. */
function spreadBefore({ traces, entry }: Traced): number {
  const was = traces.filter((t) => t.request.phase === 'baseline');
  if (!was.some((t) => t.request.slow)) return 1;
  const weights = sampleWeights(was, entry.slowShare);
  const durations = was.map((t) => lengthOf(t, t.root));
  const order = byValue(durations);
  const base = weightedQuantile(order, durations, weights, PERCENTILE);
  return base > 0 ? ratioInterval(resamples(weights), durations, order, base)[0] : 1;
}

/** The re-timed value counts for the upper end up to this many times the forecast. */
const MOST = 2;
/** Where in the range from best to worst the forecast lies: remedies that are made as advised come out near the best. */
const NEAR_BEST = 0.2;
/** Another sample's percentile lies no further off than this factor: bursts that the cause made are gone with it. */
const SPREAD = 1.4;

/** Remedies after which the claimed part is what it was before, up to a known part of what it grew by. */
const goesBack = (retiming: Retiming): boolean =>
  retiming.kind === 'baseline' || (retiming.kind === 'scale' && retiming.growth !== undefined);
/** Remedies that take away what was added since the baseline, wholly or up to a known part. */
const backToBefore = (retiming: Retiming): boolean =>
  goesBack(retiming) || retiming.kind === 'drop' || retiming.kind === 'batch';

/**
 * The p99 once a cause is gone: what it rose by since the baseline goes in proportion to the cause's share of the
 * excess. Re-timing cuts every request by what the mean request loses, so stalls that hit few requests would stay in
 * the tail; here the tail goes with what made it. Re-timing bounds the upper end. `spread` is how far the percentile
 * of another sample lies from this one's, as shares of it.
 */
function proportional(
  now: number,
  part: CausePart,
  retiming: Retiming,
  retimed: Outlook,
  spread: readonly [number, number],
): Outlook {
  const rise = Math.max(0, now - part.before.value);
  const [least, given] = retiming.growth ?? [0, 0];
  const cutOff = (retiming.leftInTimesBefore ?? Number.POSITIVE_INFINITY) * part.before.value;
  const most = rise > 0 ? Math.max(least, Math.min(given, cutOff / rise)) : given;
  const left = (share: number, kept: number): number =>
    now - rise * Math.min(1, Math.max(0, share)) * (1 - kept);
  const best = left(part.withUnexplained.value, least);
  // What no cause explains goes half with this one, at worst.
  const worst = Math.max(best, left((part.claimed.value + part.withUnexplained.value) / 2, most));
  const value = best + NEAR_BEST * (worst - best);
  const low = left(part.withFollowing.value, least) * Math.max(1 / SPREAD, Math.min(1, spread[0]));
  const above = Math.min(SPREAD, Math.max(1, spread[1]));
  const high = Math.max(worst * above, Math.min(retimed.value, MOST * value));
  return { value, interval: [Math.min(now, low), Math.min(now * above, high)] };
}

/** What a remedy changes in a request. */
function changeOf(
  t: WalkedTrace,
  rows: readonly RowCell[],
  claims: Claims,
  retiming: Retiming,
  factorOf: (cell: string) => number,
  /** The part of a service's own time that claimed stalls take and the change removes. */
  stalls: (service: string) => number,
): TraceChange {
  const shares = new Map(claims.map((c) => [c.cell, c.share]));
  const own = new Map<number, number>();
  const byCell = new Map<string, number[]>();
  rows.forEach(({ cell, self }, row) => {
    const share = shares.get(cell);
    const stalled = self === undefined ? 0 : stalls(self);
    if (share === undefined && stalled === 0) return;
    own.set(row, (1 - (share ?? 0) * (1 - factorOf(cell))) * (1 - stalled));
    if (share === undefined) return;
    const same = byCell.get(cell);
    if (same) same.push(row);
    else byCell.set(cell, [row]);
  });
  if (retiming.kind === 'batch') return { own: onlyFirst(own, byCell) };
  return retiming.kind === 'parallel' ? { together: sideBySide(t, new Set(own.keys())) } : { own };
}

/** Time of queue gaps belongs to the call span; it is cut by what the gap was of the call's own time. */
function cutGaps(
  t: WalkedTrace,
  claims: Claims,
  cellOf: Traced['cellOf'],
  factorOf: (cell: string) => number,
  /** Calls whose own time, with the gap in it, is changed already. */
  isChanged: (span: number) => boolean = () => false,
): number {
  const shares = new Map(claims.map((c) => [c.cell, c.share]));
  let cut = 0;
  for (const s of t.sections) {
    if (s.key.kind !== 'queue-gap' || isChanged(s.span)) continue;
    const cell = cellOf(s.key);
    const share = shares.get(cell);
    if (share !== undefined) cut += share * (1 - factorOf(cell)) * (s.end - s.start);
  }
  return cut;
}

/** Claimed calls start together with the other calls under the same parent; what they wait on inside stays as it is. */
function sideBySide(t: WalkedTrace, claimed: ReadonlySet<number>): Map<number, number> {
  const together = new Map<number, number>();
  for (const row of claimed) {
    const parent = parentOf(t, row);
    if (parent < 0 || claimed.has(parent) || spanAt(t, row).role !== 'call') continue;
    for (const sibling of childrenOf(t.tree, parent))
      if (spanAt(t, sibling).role === 'call') together.set(sibling, parent);
  }
  return together;
}

/** Stalls of a process have no spans: they are cut from its own time, by what they are of it. */
function stalledShare(
  cells: readonly Cell[],
  claims: Claims,
  factorOf: (cell: string) => number,
): (service: string) => number {
  const cut = new Map<string, number>();
  for (const { cell: id, share } of claims) {
    const cell = cells.find((c) => c.id === id);
    if (!cell || !['event-loop', 'gc', 'pool-wait'].includes(cell.kind) || !STALLS.has(cell.operation))
      continue;
    const whole = cells
      .filter((c) => c.service === cell.service && (c.kind === 'self' || STALLS.has(c.operation)))
      .reduce((sum, c) => sum + c.incident.value, 0);
    if (whole > 0)
      cut.set(
        cell.service,
        (cut.get(cell.service) ?? 0) + (share * (1 - factorOf(id)) * cell.incident.value) / whole,
      );
  }
  return (service) => Math.min(1, cut.get(service) ?? 0);
}

/** Of equal statements one stays as it is, the others go. */
function onlyFirst(
  own: ReadonlyMap<number, number>,
  byCell: ReadonlyMap<string, number[]>,
): Map<number, number> {
  const kept = new Map(own);
  for (const rows of byCell.values()) {
    const [first] = rows;
    if (first !== undefined) kept.set(first, 1);
  }
  return kept;
}

/** How often each request was drawn, by its weight. */
function resamples(weights: readonly number[]): Float64Array[] {
  const random = seededRandom(7);
  const n = weights.length;
  return Array.from({ length: RESAMPLES }, () => {
    const w = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      const pick = Math.floor(random() * n);
      w[pick] = (w[pick] as number) + (weights[pick] as number);
    }
    return w;
  });
}

/**
 * What the next measurement will show, as a share of what was recorded: its requests are another sample, so the
 * percentile after the change varies by itself, beside one recorded value that does not.
 */
function ratioInterval(
  resampled: readonly Float64Array[],
  after: readonly number[],
  order: readonly number[],
  recorded: number,
): [number, number] {
  const ratios = Float64Array.from(
    resampled,
    (weights) => weightedQuantile(order, after, weights, PERCENTILE) / recorded,
  ).sort();
  return [quantile(ratios, (1 - LEVEL) / 2), quantile(ratios, (1 + LEVEL) / 2)];
}

/** Indices of the values, in their order. */
const byValue = (values: readonly number[]): number[] =>
  values.map((_, i) => i).sort((a, b) => (values[a] as number) - (values[b] as number) || a - b);

function weightedQuantile(
  order: readonly number[],
  values: readonly number[],
  weights: ArrayLike<number>,
  p: number,
): number {
  let total = 0;
  for (let i = 0; i < weights.length; i++) total += weights[i] as number;
  let below = 0;
  for (const i of order) {
    below += weights[i] as number;
    if (below >= p * total) return values[i] as number;
  }
  return values[order[order.length - 1] ?? 0] ?? 0;
}
