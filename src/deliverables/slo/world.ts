import { selectorsOf, walk } from '../../evidence/readers/promql/ast.js';
import { parsePromql } from '../../evidence/readers/promql/parse.js';
import { withWindow } from '../../evidence/readers/slo/node.js';
import { evaluateVector } from '../../experiments/rules/evaluate.js';
import { append, type Labels, newStorage, type Storage, seriesFor } from '../../experiments/rules/series.js';
import { exampleSeries } from './example-labels.js';
import type { SloPlan } from './plan.js';
import { sliceWindow } from './plan.js';
import { overWindow } from './rates.js';

/** Made-up series that a promise's queries see: what one good and one bad event adds to each, or the values of a state. */
export type World =
  | {
      kind: 'events';
      series: Labels[];
      /** Which series rise by one for a good event, and for a bad one. */
      good: number[];
      bad: number[];
      /** Labels of what is recorded, but for `slo`. */
      groups: Labels;
    }
  | {
      kind: 'state';
      series: Labels[];
      /** Value of each series, or its rise a minute where it is a counter. */
      good: number[];
      bad: number[];
      rises: boolean[];
      groups: Labels;
    };

/** Longer than any test, so that a state that only lasts a while is not taken. */
const MINUTES = 120;
const MOST_SERIES = 9;
const MOST_TOGETHER = 3;
const CLOSE = 0.02;

/** Series for the tests of a plan, found by trying; `undefined` when no combination behaves like good and bad ones. */
export function worldOf(p: SloPlan): World | undefined {
  if (p.rates?.weight === 'events') return eventWorld(p);
  return stateWorld(p);
}

function eventWorld(p: SloPlan): World | undefined {
  const { rates } = p;
  if (!rates) return undefined;
  const [bad, total] = [rates.asked.bad('5m'), rates.asked.total('5m')].map((q) => parsePromql(q));
  if (!bad || !total) return undefined;
  const series = exampleSeries([...selectorsOf(bad), ...selectorsOf(total)], rates.by).slice(0, MOST_SERIES);
  let good: number[] | undefined;
  let failed: number[] | undefined;
  let groups: Labels = {};
  for (const chosen of subsets(series.length)) {
    const storage = filled(series, (i, minute) => minute * (chosen.includes(i) ? 60 : 0));
    const b = only(storage, bad);
    const t = only(storage, total);
    if (!b || !t || Math.abs(t.value - 1) > CLOSE) continue;
    groups = t.labels;
    if (!good && Math.abs(b.value) < CLOSE) good = chosen;
    if (!failed && Math.abs(b.value - 1) < CLOSE) failed = chosen;
    if (good && failed) return { kind: 'events', series, good, bad: failed, groups };
  }
  return undefined;
}

type Expression = ReturnType<typeof parsePromql>;
function only(storage: Storage, e: Expression): { labels: Labels; value: number } | undefined {
  try {
    const v = evaluateVector(e, storage, MINUTES * 60_000);
    return v.length === 1 ? v[0] : undefined;
  } catch {
    return undefined;
  }
}

function filled(series: readonly Labels[], value: (i: number, minute: number) => number): Storage {
  const storage = newStorage();
  series.forEach((labels, i) => {
    const s = seriesFor(storage, labels);
    for (let m = 0; m <= MINUTES; m++) append(s, m * 60_000, value(i, m));
  });
  return storage;
}

/** Sets of one, two and three places, the smaller first. */
function subsets(n: number): number[][] {
  let last: number[][] = Array.from({ length: n }, (_, i) => [i]);
  const all = [...last];
  for (let size = 2; size <= MOST_TOGETHER; size++) {
    last = last.flatMap((s) =>
      Array.from({ length: n - 1 - (s.at(-1) ?? 0) }, (_, k) => [...s, (s.at(-1) ?? 0) + 1 + k]),
    );
    all.push(...last);
  }
  return all;
}

/** Values that a state is tried with, around the limit. */
const LEVELS = [10, 0.1, 0, 100, 1, 1e4, 0.5, 2, 0.001, 0.9, 1.1, 1e6] as const;

function stateWorld(p: SloPlan): World | undefined {
  const { indicator } = p.spec;
  const query =
    indicator.kind === 'threshold'
      ? overWindow(indicator.query, sliceWindow(p.spec), 'average')
      : indicator.kind === 'ratio'
        ? overWindow(indicator.query, '5m', 'average')
        : '';
  if (query === '') return undefined;
  const limit = indicator.kind === 'threshold' ? indicator.limit : 1;
  const e = parsePromql(withWindow(query, '5m'));
  const plain = exampleSeries(selectorsOf(e), p.by);
  const bounded = plain.flatMap((l) => bucketsOf(l, limit));
  const judge = (value: number): 'good' | 'bad' | undefined => {
    if (Number.isNaN(value)) return undefined;
    if (indicator.kind !== 'threshold') {
      const bad = indicator.kind === 'ratio' && indicator.of === 'good' ? 1 - value : value;
      return bad <= 1e-9 ? 'good' : bad > 0.99 && bad <= 1.000001 ? 'bad' : undefined;
    }
    const holds = { lt: value < limit, lte: value <= limit, gt: value > limit, gte: value >= limit };
    return holds[indicator.op] ? 'good' : 'bad';
  };
  const scale = Math.abs(limit) || 1;
  const counted = countersIn(e);
  const kinds = [
    bounded.map((l) => counted.has(l.__name__ ?? '')),
    bounded.map(() => false),
    bounded.map(() => true),
  ];
  for (const rises of kinds) {
    const found: Partial<Record<'good' | 'bad', number[]>> = {};
    for (const levels of levelSets(bounded, scale, rises)) {
      const storage = filled(bounded, (i, m) => (levels[i] ?? 0) * (rises[i] ? m : 1));
      const v = only(storage, e);
      const verdict = v && judge(v.value);
      if (v && verdict && !found[verdict]) found[verdict] = levels;
      if (v && found.good && found.bad)
        return {
          kind: 'state',
          series: bounded,
          good: found.good,
          bad: found.bad,
          rises,
          groups: Object.fromEntries(Object.entries(v.labels).filter(([k]) => k !== '__name__')),
        };
    }
  }
  return undefined;
}

/** A bucket without a bound stands for a histogram: below the limit, far above it, and all. */
function bucketsOf(labels: Labels, limit: number): Labels[] {
  if (!labels.__name__?.endsWith('_bucket') || labels.le !== undefined) return [labels];
  return [limit / 2, limit * 10, '+Inf'].map((le) => ({ ...labels, le: String(le) }));
}

/** Metrics that a query takes rates of. */
function countersIn(e: Expression): Set<string> {
  const out = new Set<string>();
  for (const x of walk(e))
    if (x.kind === 'call' && RATES.has(x.name))
      for (const of of x.args) for (const s of selectorsOf(of)) out.add(s.metric);
  return out;
}
const RATES = new Set(['rate', 'irate', 'increase']);

function* levelSets(
  series: readonly Labels[],
  scale: number,
  rises: readonly boolean[],
): Generator<number[]> {
  const per = (i: number): number => (rises[i] ? 60 : 1);
  const buckets = series.some((s) => s.le !== undefined && s.__name__?.endsWith('_bucket'));
  if (buckets) {
    // All fast, then all slow: only the bounds beyond the limit rise.
    yield series.map(() => 60);
    yield series.map((s) => (s.le === '+Inf' || Number(s.le) > scale ? 60 : 0));
  }
  for (const level of LEVELS) yield series.map((_, i) => level * scale * per(i));
  for (const level of LEVELS)
    for (const i of series.keys())
      for (const rest of [1, scale]) yield series.map((_, k) => (k === i ? level * scale : rest) * per(k));
}
