import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { prometheusLabel, prometheusName } from '../../src/deliverables/signals/prometheus-names.js';
import type { RecordedMetric } from '../../src/domain/index.js';

interface Attribute {
  key: string;
  value: { stringValue?: string; intValue?: string | number; boolValue?: boolean; doubleValue?: number };
}
interface Point {
  attributes?: Attribute[];
  timeUnixNano: string;
  asDouble?: number;
  asInt?: string | number;
  count?: string | number;
  sum?: number;
  bucketCounts?: (string | number)[];
  explicitBounds?: number[];
}
interface Metric {
  name: string;
  unit?: string;
  gauge?: { dataPoints: Point[] };
  sum?: { dataPoints: Point[]; isMonotonic?: boolean };
  histogram?: { dataPoints: Point[] };
}
interface Request {
  resourceMetrics: {
    resource: { attributes: Attribute[] };
    scopeMetrics: { metrics: Metric[] }[];
  }[];
}

export interface OpenMetrics {
  text: string;
  /** Of all points, in ms. */
  fromMs: number;
  toMs: number;
}

/** Recorded OTLP metrics (a request a line, gzip) as OpenMetrics with time stamps, labelled as Prometheus' own receiver does. */
export function toOpenMetrics(path: string): OpenMetrics {
  const families = new Map<string, { type: string; lines: Map<string, string> }>();
  let [fromMs, toMs] = [Number.POSITIVE_INFINITY, 0];
  const lines = gunzipSync(readFileSync(path)).toString('utf8').split('\n').filter(Boolean);
  for (const { resourceMetrics } of lines.map((l) => JSON.parse(l) as Request))
    for (const { resource, scopeMetrics } of resourceMetrics) {
      const job = jobOf(resource.attributes);
      for (const metric of scopeMetrics.flatMap((s) => s.metrics)) {
        const { kind, type, points } = shapeOf(metric);
        const name = prometheusName({ name: metric.name, unit: metric.unit ?? '', kind });
        const family = families.get(name) ?? { type, lines: new Map<string, string>() };
        families.set(name, family);
        for (const p of points) {
          const ms = Number(BigInt(p.timeUnixNano) / 1_000_000n);
          [fromMs, toMs] = [Math.min(fromMs, ms), Math.max(toMs, ms)];
          const labels = [`job="${job}"`, ...(p.attributes ?? []).map(labelOf)];
          for (const [suffix, more, value] of samplesOf(p, type)) {
            const series = `${name}${suffix}{${[...labels, ...more].join(',')}} `;
            family.lines.set(`${series}@${ms}`, `${series}${value} ${ms / 1000}`);
          }
        }
      }
    }
  const text = [...families].flatMap(([name, { type, lines }]) => [
    `# TYPE ${type === 'counter' ? name.replace(/_total$/, '') : name} ${type}`,
    ...lines.values(),
  ]);
  return { text: `${text.join('\n')}\n# EOF\n`, fromMs, toMs };
}

function jobOf(resource: readonly Attribute[]): string {
  const of = (key: string): string | undefined => resource.find((a) => a.key === key)?.value.stringValue;
  const namespace = of('service.namespace');
  return `${namespace ? `${namespace}/` : ''}${of('service.name') ?? ''}`;
}

function shapeOf(m: Metric): { kind: RecordedMetric['kind']; type: string; points: Point[] } {
  if (m.histogram) return { kind: 'histogram', type: 'histogram', points: m.histogram.dataPoints };
  if (m.sum?.isMonotonic) return { kind: 'counter', type: 'counter', points: m.sum.dataPoints };
  if (m.sum) return { kind: 'up-down-counter', type: 'gauge', points: m.sum.dataPoints };
  return { kind: 'gauge', type: 'gauge', points: m.gauge?.dataPoints ?? [] };
}

const labelOf = ({ key, value }: Attribute): string =>
  `${prometheusLabel(key)}=${JSON.stringify(String(value.stringValue ?? value.intValue ?? value.boolValue ?? value.doubleValue ?? ''))}`;

function samplesOf(p: Point, type: string): [suffix: string, labels: string[], value: number][] {
  if (type !== 'histogram') return [['', [], Number(p.asDouble ?? p.asInt ?? 0)]];
  let seen = 0;
  const buckets = (p.bucketCounts ?? []).map((n, i): [string, string[], number] => {
    seen += Number(n);
    return ['_bucket', [`le="${p.explicitBounds?.[i] ?? '+Inf'}"`], seen];
  });
  return [...buckets, ['_count', [], Number(p.count ?? 0)], ['_sum', [], p.sum ?? 0]];
}
