import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deviations } from '../../src/facts/deviations/deviation.js';
import { quantityOf } from '../../src/facts/deviations/quantity.js';
import type { MetricSeries } from '../../src/facts/deviations/series.js';
import { metricSuspects, type Suspect } from '../../src/facts/deviations/suspects.js';
import type { Suite } from '../main.js';
import { averageAt5, outcomeOf, rankOf, topInterval, topShare } from '../scores.js';

/** Which service and which of its resources: no call graph, no alert, one row a second. */
export default {
  suite: 'rca/sock-shop',
  about: 'service and resource at fault from one-second metrics, also when the baseline is contaminated',
  async run(folder) {
    const truth = JSON.parse(readFileSync(join(folder, 'truth.json'), 'utf8')) as Record<string, Truth>;
    const cases = readdirSync(folder)
      .filter((name) => name in truth)
      .sort()
      .map((name) => ({
        name,
        normal: readTable(join(folder, name, 'normal.csv')),
        incident: readTable(join(folder, name, 'anomalous.csv')),
        truth: truth[name] as Truth,
      }));
    const ranks = (leaked: number): (number | undefined)[] =>
      cases.map((c) => rankOf(suspects(c.normal, c.incident, leaked), (s) => isTrue(s, c.truth)));
    const [clean, leaked20, leaked50] = [ranks(0), ranks(0.2), ranks(0.5)];
    const quiet = cases.filter((c) => {
      const half = Math.floor(c.normal.rows.length / 2);
      const part = (from: number, to: number): Table => ({
        ...c.normal,
        rows: c.normal.rows.slice(from, to),
      });
      return suspects(part(0, half), part(half, c.normal.rows.length), 0).length === 0;
    });
    return {
      cases: cases.length,
      top1: topShare(clean, 1),
      top3: topShare(clean, 3),
      avg5: averageAt5(clean),
      leaked20: { top1: topShare(leaked20, 1) },
      leaked50: { top1: topShare(leaked50, 1) },
      intervals: { top1: topInterval(clean, 1), leaked50: topInterval(leaked50, 1) },
      serviceTop1: topShare(
        cases.map((c) => rankOf(suspects(c.normal, c.incident, 0), (s) => s.node === c.truth.service)),
        1,
      ),
      specificity: quiet.length / cases.length,
      outcomes: [0, 0.2, 0.5].flatMap((leaked) =>
        cases.map((c) => outcomeOf(suspects(c.normal, c.incident, leaked)[0], (s) => isTrue(s, c.truth))),
      ),
      missed: cases.flatMap((c, i) => (clean[i] === 1 ? [] : [c.name])),
      baselines: baselines(cases),
    };
  },
} satisfies Suite;

interface Truth {
  service: string;
  resource: string;
}
interface Table {
  columns: string[];
  rows: number[][];
}

const isTrue = (s: Suspect, truth: Truth): boolean =>
  s.node === truth.service && quantityOf(truth.resource) === s.quantity;

function suspects(normal: Table, incident: Table, leaked: number): Suspect[] {
  return metricSuspects(query(normal, incident, leaked)).suspects;
}

/** One row a second in the order given; `leaked` of the incident's rows, from its start, count as baseline. */
function query(normal: Table, incident: Table, leaked: number) {
  const start = (normal.rows.length + Math.floor(leaked * incident.rows.length)) * 1000;
  const end = (normal.rows.length + incident.rows.length) * 1000;
  return {
    series: seriesOf(normal, incident),
    calls: [],
    baseline: { fromMs: 0, toMs: start },
    incident: { fromMs: start, toMs: end },
  };
}

function seriesOf(normal: Table, incident: Table): MetricSeries[] {
  const rows = [...normal.rows, ...incident.rows];
  const timesMs = Float64Array.from(rows, (_, i) => i * 1000);
  return normal.columns.flatMap((column, i) => {
    const parts = /^(.+?)_((?:cpu|mem|lod|lat)(?:_\d+)?)$/.exec(column);
    if (!parts) return [];
    const [, node = '', metric = ''] = parts;
    const values = Float64Array.from(rows, (r) => r[i] ?? Number.NaN);
    return [{ node, metric, quantity: quantityOf(metric), timesMs, values }];
  });
}

/** What knows nothing: a random metric, the largest raw deviation (blind to units), none. */
function baselines(cases: readonly { normal: Table; incident: Table; truth: Truth }[]) {
  const largest = cases.map((c) => {
    const { series, baseline, incident } = query(c.normal, c.incident, 0);
    const ordered = deviations(series, baseline, incident).sort(
      (a, b) => Math.abs(b.during - b.before) - Math.abs(a.during - a.before),
    );
    return rankOf(ordered, (d) => d.node === c.truth.service && d.quantity === quantityOf(c.truth.resource));
  });
  const columns = cases.map((c) => seriesOf(c.normal, c.incident).length);
  return {
    random: columns.reduce((sum, n) => sum + 1 / n, 0) / Math.max(1, columns.length),
    largestRawDeviation: topShare(largest, 1),
    alwaysNone: 0,
  };
}

function readTable(path: string): Table {
  const lines = readFileSync(path, 'utf8')
    .split('\n')
    .filter((l) => l.trim() !== '');
  const [header = '', ...body] = lines;
  const columns = header.split(',').slice(1);
  return {
    columns,
    rows: body.map((l) =>
      l
        .split(',')
        .slice(1)
        .map((v) => (v.trim() === '' ? Number.NaN : Number(v))),
    ),
  };
}
