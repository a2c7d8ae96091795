import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

interface Attribute {
  key: string;
  value: Record<string, unknown>;
}
interface Point {
  timeUnixNano: string;
  asDouble?: number;
  asInt?: string;
  count?: number | string;
  sum?: number;
  bucketCounts?: (number | string)[];
  explicitBounds?: number[];
  attributes?: Attribute[];
}
interface Metric {
  name: string;
  unit?: string;
  gauge?: { dataPoints: Point[] };
  sum?: { isMonotonic?: boolean; dataPoints: Point[] };
  histogram?: { dataPoints: Point[] };
}

const UNITS: Readonly<Record<string, string>> = { s: 'seconds', ms: 'milliseconds', By: 'bytes' };

/** The name that OpenTelemetry's exporter gives a metric for Prometheus: underscores, unit, `_total` for counters. */
function nameOf(metric: Metric): string {
  const plain = metric.name.replace(/[^a-zA-Z0-9_]/g, '_');
  const unit = UNITS[metric.unit ?? ''] ?? (metric.unit === '1' && metric.gauge ? 'ratio' : '');
  return unit === '' || plain.endsWith(`_${unit}`) ? plain : `${plain}_${unit}`;
}

const textOf = (value: Record<string, unknown>): string => String(Object.values(value)[0] ?? '');
const escaped = (text: string): string =>
  text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n');

/** OTLP metrics of NDJSON files as OpenMetrics text with times, as `promtool tsdb create-blocks-from` takes it. */
export function openMetricsOf(files: readonly string[]): string {
  const families = new Map<string, { type: string; lines: Map<string, string> }>();
  for (const file of files)
    for (const line of gunzipSync(readFileSync(file)).toString('utf8').split('\n'))
      if (line !== '') write(JSON.parse(line), families);
  const out: string[] = [];
  for (const [name, { type, lines }] of [...families].sort(([a], [b]) => (a < b ? -1 : 1))) {
    out.push(`# TYPE ${name} ${type}`);
    out.push(
      ...[...lines]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, value]) => `${key.split('\u0000')[0]} ${value}`),
    );
  }
  return `${out.join('\n')}\n# EOF\n`;
}

function write(
  request: {
    resourceMetrics?: { resource?: { attributes?: Attribute[] }; scopeMetrics: { metrics: Metric[] }[] }[];
  },
  families: Map<string, { type: string; lines: Map<string, string> }>,
): void {
  for (const { resource, scopeMetrics } of request.resourceMetrics ?? []) {
    const of = new Map((resource?.attributes ?? []).map((a) => [a.key, textOf(a.value)]));
    const identity: [string, string][] = [
      ['job', [of.get('service.namespace'), of.get('service.name')].filter(Boolean).join('/')],
      ['instance', of.get('service.instance.id') ?? of.get('host.name') ?? 'one'],
    ];
    for (const metric of scopeMetrics.flatMap((s) => s.metrics)) {
      const name = nameOf(metric);
      const type = metric.histogram ? 'histogram' : metric.sum?.isMonotonic ? 'counter' : 'gauge';
      const family = families.get(name) ?? { type, lines: new Map<string, string>() };
      families.set(name, family);
      for (const p of (metric.gauge ?? metric.sum ?? metric.histogram)?.dataPoints ?? []) {
        const labels = [
          ...identity,
          ...(p.attributes ?? []).map(
            (a) => [a.key.replace(/[^a-zA-Z0-9_]/g, '_'), textOf(a.value)] as [string, string],
          ),
        ];
        const seconds = (Number(BigInt(p.timeUnixNano) / 1_000_000n) / 1000).toFixed(3);
        const put = (suffix: string, extra: [string, string][], value: number | string): void => {
          const own = [...labels, ...extra].map(([k, v]) => `${k}="${escaped(v)}"`).join(',');
          family.lines.set(`${name}${suffix}{${own}}\u0000${seconds}`, `${value} ${seconds}`);
        };
        if (metric.histogram) {
          let below = 0;
          (p.explicitBounds ?? []).forEach((bound, i) => {
            below += Number(p.bucketCounts?.[i] ?? 0);
            put('_bucket', [['le', String(bound)]], below);
          });
          put('_bucket', [['le', '+Inf']], Number(p.count ?? 0));
          put('_count', [], Number(p.count ?? 0));
          put('_sum', [], p.sum ?? 0);
        } else put(type === 'counter' ? '_total' : '', [], p.asDouble ?? Number(p.asInt ?? 0));
      }
    }
  }
}
