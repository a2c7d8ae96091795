import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deviations } from '../../src/facts/deviations/deviation.js';
import { quantityOf } from '../../src/facts/deviations/quantity.js';
import type { MetricSeries } from '../../src/facts/deviations/series.js';
import {
  type Call,
  type MetricSuspects,
  metricSuspects,
  type SuspectQuery,
  type Target,
} from '../../src/facts/deviations/suspects.js';
import type { Suite } from '../main.js';
import { outcomeOf, rankOf, topInterval, topShare } from '../scores.js';

/** Which node of a web shop is at fault: call graph, alert, rows of five minutes, a baseline of another season. */
export default {
  suite: 'rca/petshop',
  about: 'node at fault from five-minute metrics and a call graph; silence on normal data',
  async run(folder) {
    const truth = readJson(join(folder, 'truth.json')) as Record<string, { node: string }>;
    const calls = readGraph(join(folder, 'graph.csv'));
    const shared = join(folder, 'normal', 'metrics.csv');
    const cases = readdirSync(folder)
      .filter((name) => name in truth)
      .sort()
      .map((name) => {
        const own = join(folder, name, 'normal', 'metrics.csv');
        const alert = readJson(join(folder, name, 'alert.json')) as Alert;
        const normal = readTable(existsSync(own) ? own : shared);
        const query = queryOf(normal, readTable(join(folder, name, 'metrics.csv')), calls, alert);
        return { name, alert, normal, query, node: truth[name]?.node };
      });
    const answers = cases.map((c) => ({ ...c, found: metricSuspects(c.query) }));
    const ranks = (metric: string): (number | undefined)[] =>
      answers
        .filter((a) => a.alert.metric === metric)
        .map((a) => rankOf(a.found.suspects, (s) => s.node === a.node));
    const [latency, availability] = [ranks('latency'), ranks('availability')];
    const quiet = normalWindows(
      readTable(shared),
      calls,
      cases.find((c) => c.alert.metric === 'latency')?.alert,
    );
    return {
      cases: cases.length,
      latency: { top1: topShare(latency, 1), top3: topShare(latency, 3) },
      availability: { top1: topShare(availability, 1), top3: topShare(availability, 3) },
      specificity: quiet.filter((q) => q.suspects.length === 0).length / Math.max(1, quiet.length),
      normalWindows: quiet.length,
      intervals: { latencyTop1: topInterval(latency, 1), availabilityTop1: topInterval(availability, 1) },
      outcomes: answers.map((a) => outcomeOf(a.found.suspects[0], (s) => s.node === a.node)),
      missed: answers.filter((a) => a.found.suspects[0]?.node !== a.node).map((a) => a.name),
      baselines: baselines(cases),
    };
  },
} satisfies Suite;

interface Alert {
  node: string;
  metric: string;
  agg?: string;
  timestamp: number;
}
interface Table {
  times: number[];
  columns: { node: string; metric: string; statistic: string; values: Float64Array }[];
}

const ROW_MS = 300_000;
/** The windows of the incidents have five rows, with the alert in the second or third. */
const WINDOW_ROWS = 5;
const ALERT_ROW = 2;

function queryOf(normal: Table, incident: Table, calls: Call[], alert: Alert): SuspectQuery {
  const quantity = quantityOf(alert.metric);
  const target: Target | undefined =
    quantity === 'latency' || quantity === 'availability' || quantity === 'failures'
      ? { node: alert.node, quantity, atMs: alert.timestamp * 1000 }
      : undefined;
  return {
    series: seriesOf(normal, incident, alert),
    calls,
    baseline: spanOf(normal),
    incident: spanOf(incident),
    ...(target ? { target } : {}),
  };
}

const spanOf = (table: Table) => ({
  fromMs: (table.times[0] as number) * 1000,
  toMs: (table.times.at(-1) as number) * 1000 + ROW_MS,
});

/** One latency, one request count and one availability a node; the latency in the statistic of the alert. */
function seriesOf(normal: Table, incident: Table, alert: Alert): MetricSeries[] {
  const wanted = (c: Table['columns'][number]): boolean =>
    c.metric !== 'latency' ||
    c.statistic === (alert.metric === 'latency' ? (alert.agg ?? 'Average') : 'Average');
  const key = (c: Table['columns'][number]): string => `${c.node}\n${c.metric} ${c.statistic}`;
  const parts = [normal, incident]
    .map((table) => ({ table, byKey: new Map(table.columns.filter(wanted).map((c) => [key(c), c.values])) }))
    .sort((a, b) => (a.table.times[0] as number) - (b.table.times[0] as number));
  const keys = [...new Set(parts.flatMap((p) => [...p.byKey.keys()]))].sort();
  const timesMs = Float64Array.from(parts.flatMap((p) => p.table.times.map((t) => t * 1000)));
  return keys.map((k) => {
    const [node = '', metric = ''] = k.split('\n');
    const values = Float64Array.from(
      parts.flatMap((p) => [...(p.byKey.get(k) ?? p.table.times.map(() => Number.NaN))]),
    );
    return { node, metric, quantity: quantityOf(metric), timesMs, values };
  });
}

/** Windows of the normal period with the latency target, each judged by the rest of the period. */
function normalWindows(normal: Table, calls: Call[], alert: Alert | undefined): MetricSuspects[] {
  if (!alert) return [];
  const found: MetricSuspects[] = [];
  for (let from = 0; from + WINDOW_ROWS <= normal.times.length; from += WINDOW_ROWS) {
    const inside = (i: number): boolean => i >= from && i < from + WINDOW_ROWS;
    const window = keep(normal, inside);
    // The rest closes up behind the window, and lies before it in time: a baseline is one stretch.
    const rest = keep(normal, (i) => !inside(i));
    const first = (window.times[0] as number) - (rest.times.length + WINDOW_ROWS) * (ROW_MS / 1000);
    rest.times = rest.times.map((_, i) => first + i * (ROW_MS / 1000));
    const timestamp = window.times[ALERT_ROW] as number;
    found.push(metricSuspects(queryOf(rest, window, calls, { ...alert, timestamp })));
  }
  return found;
}

function keep(table: Table, row: (i: number) => boolean): Table {
  return {
    times: table.times.filter((_, i) => row(i)),
    columns: table.columns.map((c) => ({ ...c, values: c.values.filter((_, i) => row(i)) })),
  };
}

/** What knows little: a random node, the largest deviation wherever it is, none. */
function baselines(cases: readonly { query: SuspectQuery; node: string | undefined }[]) {
  const largest = cases.map(({ query, node }) => {
    const ordered = deviations(query.series, query.baseline, query.incident).sort(
      (a, b) => b.strength - a.strength,
    );
    return rankOf([...new Set(ordered.map((d) => d.node))], (n) => n === node);
  });
  const nodes = cases.map(({ query }) => new Set(query.series.map((s) => s.node)).size);
  return {
    random: nodes.reduce((sum, n) => sum + 1 / n, 0) / Math.max(1, nodes.length),
    largestDeviation: { top1: topShare(largest, 1), top3: topShare(largest, 3) },
    alwaysNone: { top1: 0, specificity: 1 },
  };
}

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));

function readGraph(path: string): Call[] {
  const [header = [], ...rows] = csv(path);
  return rows.flatMap((row) =>
    row
      .slice(1)
      .flatMap((v, i) => (Number(v) > 0 ? [{ caller: row[0] ?? '', callee: header[i + 1] ?? '' }] : [])),
  );
}

/** Three header rows (node, metric, statistic), then one row a time. */
function readTable(path: string): Table {
  const [nodes = [], metrics = [], statistics = [], ...rest] = csv(path);
  const rows = rest.filter((r) => r[0] !== '' && Number.isFinite(Number(r[0])));
  return {
    times: rows.map((r) => Number(r[0])),
    columns: nodes.slice(1).map((node, i) => ({
      node,
      metric: metrics[i + 1] ?? '',
      statistic: statistics[i + 1] ?? '',
      values: Float64Array.from(rows, (r) => ((r[i + 1] ?? '') === '' ? Number.NaN : Number(r[i + 1]))),
    })),
  };
}

const csv = (path: string): string[][] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((l) => l.trim() !== '')
    .map((l) => l.split(','));
