import type { Params, Store } from '../../evidence/store/index.js';
import type { Phases } from '../phases.js';
import { quantityOf } from './quantity.js';
import type { MetricSeries, Span } from './series.js';

/** Series of both phases on one clock. */
export interface StoredSeries {
  series: MetricSeries[];
  baseline: Span;
  incident: Span;
  /** Points they were made from. */
  points: number;
}

/** A phase is cut into this many rows at most. */
const ROWS = 400;
/** Series beyond this many are left out, those with the fewest points first. */
const MOST_SERIES = 3000;

interface Row {
  node: string;
  metric: string;
  attributes: string;
  phase: 'baseline' | 'incident';
  /** Row since 1970, of `rowMs`. */
  row: number;
  instance: string;
  delta: 0 | 1;
  points: number;
  value: number;
  count: number;
}

/**
 * Levels as they are, counters as rates, histograms as the mean of what came in and its rate, by node and row.
 * `undefined` without a baseline or without metrics. A baseline that does not lie before the incident (another day,
 * a repeated run) is moved to end where the incident starts.
 */
export async function storedSeries(store: Store, phases: Phases): Promise<StoredSeries | undefined> {
  if (!phases.hasBaseline) return undefined;
  const params = phases.params as Params;
  const spans = await store.query<{ phase: 'baseline' | 'incident'; fromMs: number; toMs: number }>(
    `SELECT phase, toUnixTimestamp64Milli(min(t)) AS fromMs, toUnixTimestamp64Milli(max(t)) AS toMs
     FROM (${TABLES.map((t) => `SELECT TimeUnix AS t, ${phases.sql('TimeUnix')} AS phase FROM ${t.name}`).join(' UNION ALL ')})
     GROUP BY phase ORDER BY phase`,
    params,
  );
  const spanOf = (phase: string): Span | undefined => spans.find((s) => s.phase === phase);
  const [before, during] = [spanOf('baseline'), spanOf('incident')];
  if (!before || !during || during.toMs <= during.fromMs || before.toMs <= before.fromMs) return undefined;
  const rowMs = Math.max(1000, Math.ceil(Math.max(length(before), length(during)) / ROWS / 1000) * 1000);
  const rows: (Row & { kind: Kind })[] = [];
  for (const table of TABLES) {
    const found = await store.query<Row>(
      `SELECT ServiceName AS node, MetricName AS metric, toString(Attributes) AS attributes, ${phases.sql('TimeUnix')} AS phase,
         intDiv(toUnixTimestamp64Milli(TimeUnix), {rowMs:Int64}) AS row, toString(${INSTANCE}) AS instance,
         ${table.delta} AS delta, count() AS points, ${table.value} AS value, ${table.count} AS count
       FROM ${table.name} WHERE ${table.where} AND ServiceName != ''
       GROUP BY node, metric, attributes, phase, row, instance
       ORDER BY node, metric, attributes, phase, instance, row LIMIT 2000000 SETTINGS max_threads = 1`,
      { ...params, rowMs },
    );
    for (const row of found) rows.push({ ...row, row: Number(row.row), kind: table.kind });
  }
  const shiftMs = before.toMs < during.fromMs ? 0 : during.fromMs - before.toMs - rowMs;
  const step = (row: Row): number => row.row * rowMs + (row.phase === 'baseline' ? shiftMs : 0);
  return {
    series: seriesOf(rows, rowMs, step),
    baseline: {
      fromMs: before.fromMs + shiftMs - rowMs,
      toMs: Math.min(before.toMs + shiftMs + 1, during.fromMs),
    },
    incident: { fromMs: during.fromMs, toMs: during.toMs + 1 },
    points: rows.reduce((sum, r) => sum + Number(r.points), 0),
  };
}

type Kind = 'level' | 'counter' | 'histogram';
const INSTANCE = `cityHash64(toString(mapFilter((k, v) -> k != 'service.name', ResourceAttributes)))`;
const DELTA = 'any(AggregationTemporality) = 1';
const TABLES: readonly {
  name: string;
  kind: Kind;
  where: string;
  delta: string;
  value: string;
  count: string;
}[] = [
  { name: 'otel_metrics_gauge', kind: 'level', where: '1', delta: '0', value: 'avg(Value)', count: '0' },
  {
    name: 'otel_metrics_sum',
    kind: 'level',
    where: 'NOT IsMonotonic',
    delta: '0',
    value: 'avg(Value)',
    count: '0',
  },
  {
    name: 'otel_metrics_sum',
    kind: 'counter',
    where: 'IsMonotonic',
    delta: DELTA,
    value: `if(${DELTA}, sum(Value), max(Value))`,
    count: '0',
  },
  {
    name: 'otel_metrics_histogram',
    kind: 'histogram',
    where: '1',
    delta: DELTA,
    value: `if(${DELTA}, sum(Sum), max(Sum))`,
    count: `toFloat64(if(${DELTA}, sum(Count), max(Count)))`,
  },
];

function seriesOf(
  rows: readonly (Row & { kind: Kind })[],
  rowMs: number,
  timeMs: (row: Row) => number,
): MetricSeries[] {
  const groups = new Map<string, (Row & { kind: Kind })[]>();
  for (const row of rows) {
    const key = [row.node, row.metric, row.attributes, row.kind].join('\n');
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  const kept = [...groups]
    .sort((a, b) => b[1].length - a[1].length || (a[0] < b[0] ? -1 : 1))
    .slice(0, MOST_SERIES);
  return kept
    .sort((a, b) => (a[0] < b[0] ? -1 : 1))
    .flatMap(([, group]) => {
      const first = group[0];
      if (!first) return [];
      const values = attributeValues(first.attributes);
      const metric = [first.metric, ...values].join(' ');
      // What lies idle or free is no use of a resource.
      const spare = values.some((v) => /^(?:idle|free|available|unused)$/i.test(v));
      const quantity = spare ? 'other' : quantityOf(first.metric);
      const make = (name: string, as: typeof quantity, values: Map<number, number>): MetricSeries => {
        const times = [...values.keys()].sort((a, b) => a - b);
        return {
          node: first.node,
          metric: name,
          quantity: as,
          timesMs: Float64Array.from(times),
          values: Float64Array.from(times, (t) => values.get(t) as number),
        };
      };
      if (first.kind === 'level') return [make(metric, quantity, levels(group, timeMs))];
      const grown = growth(group, timeMs);
      const rate = new Map([...grown].map(([t, g]) => [t, (g.value / rowMs) * 1000]));
      if (first.kind === 'counter') return [make(metric, quantity, rate)];
      const means = new Map(
        [...grown].flatMap(([t, g]) => (g.count > 0 ? [[t, g.value / g.count] as const] : [])),
      );
      const counts = new Map([...grown].map(([t, g]) => [t, (g.count / rowMs) * 1000]));
      return [make(metric, quantity, means), make(`${metric} (count)`, 'requests', counts)];
    });
}

/** The values of a map as the engine writes it: `{'state':'used'}`. */
const attributeValues = (map: string): string[] =>
  [...map.matchAll(/'(?:[^'\\]|\\.)*':'((?:[^'\\]|\\.)*)'/g)].map((m) => m[1] ?? '');

/** The mean over instances. */
function levels(group: readonly Row[], timeMs: (row: Row) => number): Map<number, number> {
  const sums = new Map<number, { sum: number; n: number }>();
  for (const row of group) {
    const at = sums.get(timeMs(row)) ?? { sum: 0, n: 0 };
    sums.set(timeMs(row), { sum: at.sum + row.value, n: at.n + 1 });
  }
  return new Map([...sums].map(([t, { sum, n }]) => [t, sum / n]));
}

/** What came in since the row before, all instances together; a counter that fell was reset and counts from zero. */
function growth(
  group: readonly Row[],
  timeMs: (row: Row) => number,
): Map<number, { value: number; count: number }> {
  const grown = new Map<number, { value: number; count: number }>();
  let last: Row | undefined;
  for (const row of group) {
    const follows = last && last.instance === row.instance && last.phase === row.phase;
    const since = (now: number, then: number): number => (now >= then ? now - then : now);
    const one = row.delta
      ? { value: row.value, count: Number(row.count) }
      : follows && last
        ? { value: since(row.value, last.value), count: since(Number(row.count), Number(last.count)) }
        : undefined;
    last = row;
    if (!one) continue;
    const at = grown.get(timeMs(row)) ?? { value: 0, count: 0 };
    grown.set(timeMs(row), { value: at.value + one.value, count: at.count + one.count });
  }
  return grown;
}

const length = (s: Span): number => s.toMs - s.fromMs;
