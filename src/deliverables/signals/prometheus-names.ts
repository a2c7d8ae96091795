import type { Context, Recorded, RecordedMetric } from '../../domain/index.js';

/** Units as OpenTelemetry's rules for Prometheus spell them out. */
const UNITS: Readonly<Record<string, string>> = {
  d: 'days',
  h: 'hours',
  min: 'minutes',
  s: 'seconds',
  ms: 'milliseconds',
  us: 'microseconds',
  ns: 'nanoseconds',
  By: 'bytes',
  KiBy: 'kibibytes',
  MiBy: 'mebibytes',
  GiBy: 'gibibytes',
  kBy: 'kilobytes',
  MBy: 'megabytes',
  GBy: 'gigabytes',
  V: 'volts',
  A: 'amperes',
  J: 'joules',
  W: 'watts',
  g: 'grams',
  Cel: 'celsius',
  Hz: 'hertz',
  '%': 'percent',
};
const PER: Readonly<Record<string, string>> = {
  s: 'second',
  m: 'minute',
  min: 'minute',
  h: 'hour',
  d: 'day',
};

/** A name or key as Prometheus allows it: anything but letters, digits and colons is one underscore. */
export const prometheusLabel = (key: string): string =>
  key.replace(/[^A-Za-z0-9_]+/g, '_').replace(/^(?=\d)/, '_');

/**
 * The name that a metric has in Prometheus, without `_bucket`, `_sum` and `_count`
 * (OpenTelemetry, "Prometheus and OpenMetrics Compatibility": unit and `_total` are added unless they are there).
 */
export function prometheusName(m: Pick<RecordedMetric, 'name' | 'unit' | 'kind'>): string {
  const words = m.name.split(/[^A-Za-z0-9:]+/).filter((w) => w !== '');
  const bare = m.kind === 'counter' && words.at(-1) === 'total' ? words.slice(0, -1) : words;
  const unit = unitWords(m);
  const ends = unit !== '' && `_${bare.join('_')}`.endsWith(`_${unit}`);
  const name = [...bare, ...(unit === '' || ends ? [] : [unit]), ...(m.kind === 'counter' ? ['total'] : [])];
  return name.join('_').replace(/^(?=\d)/, '_');
}

function unitWords(m: Pick<RecordedMetric, 'unit' | 'kind'>): string {
  const unit = m.unit.replace(/\{[^}]*\}/g, '').trim();
  if (unit === '1') return m.kind === 'gauge' ? 'ratio' : '';
  const [of = '', per] = unit.split('/');
  const words = of === '' ? '' : (UNITS[of] ?? prometheusLabel(of));
  const each = per === undefined || per === '' ? '' : `per_${PER[per] ?? prometheusLabel(per)}`;
  return [words, each].filter((w) => w !== '').join('_');
}

/** A series that a query reads: its name in Prometheus and the labels it selects or groups by. */
export type Uses = readonly [name: string, ...labels: string[]];

/** True when the telemetry has all of these series; those of one job where it is given. */
export const hasSeries = (recorded: Recorded, uses: readonly Uses[], job?: string): boolean =>
  uses.every(([name, ...labels]) =>
    recorded.metrics.some(
      (m) =>
        (job === undefined || m.job === job) &&
        seriesOf(m).includes(name) &&
        labels.every((l) => m.keys.some((k) => prometheusLabel(k) === l)),
    ),
  );

/** The names of the series that a metric becomes. */
export function seriesOf(m: RecordedMetric): string[] {
  const name = prometheusName(m);
  if (m.kind === 'histogram') return [`${name}_bucket`, `${name}_count`, `${name}_sum`];
  if (m.kind === 'summary') return [name, `${name}_count`, `${name}_sum`];
  return [name];
}

const SAFE_JOB = /^[\p{L}\p{N}._/-]{1,120}$/u;

/**
 * The label `job` of a service as its own telemetry would have it; the name itself when the telemetry does not know it.
 * A service is known by its name, however it is spelt; else as the only one that serves requests.
 */
export function jobLabel(context: Context, job: string, spelt: (name: string) => string): string {
  const metrics = context.recorded?.metrics ?? [];
  const named = metrics.find((m) => spelt(m.service) === job);
  const serving = [...new Set(metrics.filter((m) => SERVES.test(prometheusName(m))).map((m) => m.job))];
  const known = named?.job ?? (serving.length === 1 ? serving[0] : undefined);
  return known !== undefined && SAFE_JOB.test(known) ? known : job;
}

const SERVES = /^(?:http_server_request|rpc_server|http_request_duration|http_server_requests)/;
