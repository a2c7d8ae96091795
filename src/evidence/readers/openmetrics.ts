import { NO_SCOPE, resources } from './json-map.js';
import { lines } from './json-records.js';
import type { EvidenceReader, ReaderInput } from './reader.js';
import type { AttributeMap, Exemplar, Metric, Point } from './records.js';
import type { Sample } from './sample.js';
import type { Sink } from './sink.js';

/** One sample line: `name{labels} value [timestamp] [# {labels} exemplar [timestamp]]`. */
interface SampleLine {
  name: string;
  labels: [string, string][];
  value: number;
  /** As written; seconds in OpenMetrics, milliseconds in Prometheus' text format. */
  time: string | undefined;
  exemplar: { labels: [string, string][]; value: number; time: string | undefined } | undefined;
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const LABEL = /\s*(?:"((?:[^"\\]|\\.)*)"|([a-zA-Z_][a-zA-Z0-9_.]*))\s*=\s*"((?:[^"\\]|\\.)*)"\s*,?/y;
const META = /^# (HELP|TYPE|UNIT) ([^\s]+)(?: (.*))?$/;
const NUMBERS: Readonly<Record<string, number>> = {
  '+Inf': Number.POSITIVE_INFINITY,
  Inf: Number.POSITIVE_INFINITY,
  '-Inf': Number.NEGATIVE_INFINITY,
  NaN: Number.NaN,
};
const VALUE = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** Reads one line of the exposition format (OpenMetrics 1.0; Prometheus text format 0.0.4). */
export function parseSampleLine(line: string): SampleLine | undefined {
  const name = NAME.exec(line)?.[0] ?? '';
  const start = name.length;
  const labelled = line.charAt(start) === '{' ? parseLabels(line, start + 1) : { labels: [], end: start };
  if (!labelled || (name === '' && labelled.labels.length === 0)) return undefined;
  const [main = '', ...after] = line.slice(labelled.end).split(' # ');
  const [value, time, ...more] = main.trim().split(/\s+/);
  const number = numberOf(value);
  if (number === undefined || more.length > 0) return undefined;
  return { name, labels: labelled.labels, value: number, time, exemplar: parseExemplar(after.join(' # ')) };
}

function parseExemplar(text: string): SampleLine['exemplar'] {
  const open = text.indexOf('{');
  const labelled = open < 0 ? undefined : parseLabels(text, open + 1);
  if (!labelled) return undefined;
  const [value, time] = text.slice(labelled.end).trim().split(/\s+/);
  const number = numberOf(value);
  return number === undefined ? undefined : { labels: labelled.labels, value: number, time };
}

function parseLabels(text: string, from: number): { labels: [string, string][]; end: number } | undefined {
  const labels: [string, string][] = [];
  let at = from;
  for (;;) {
    while (text.charAt(at) === ' ') at++;
    if (text.charAt(at) === '}') return { labels, end: at + 1 };
    LABEL.lastIndex = at;
    const found = LABEL.exec(text);
    if (!found) return undefined;
    labels.push([unescaped(found[1] ?? found[2] ?? ''), unescaped(found[3] ?? '')]);
    at = LABEL.lastIndex;
  }
}

const unescaped = (text: string): string =>
  text.includes('\\') ? text.replace(/\\(.)/g, (_, c: string) => (c === 'n' ? '\n' : c)) : text;

function numberOf(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  return NUMBERS[text] ?? (VALUE.test(text) ? Number(text) : undefined);
}

function looks(sample: Sample): { share: number; typed: boolean } {
  const body = sample.lines.filter((l) => !l.startsWith('#'));
  const fits = body.filter((l) => parseSampleLine(l) !== undefined);
  return {
    share: body.length === 0 ? 0 : fits.length / body.length,
    typed: sample.lines.some((l) => META.test(l)),
  };
}

const openmetrics: EvidenceReader = {
  id: 'openmetrics',
  title: 'OpenMetrics text',
  looksFor: 'OpenMetrics or Prometheus text (# TYPE lines, name{labels} value)',
  recognise(sample) {
    if (sample.text === undefined || sample.json) return undefined;
    const { share, typed } = looks(sample);
    if (share < 0.9 || (!typed && !sample.lines.some((l) => l.includes('{')))) return undefined;
    return {
      confidence: typed ? 1 : 0.75,
      by: typed ? 'lines with # TYPE or # HELP, and samples' : 'lines of the shape name{labels} value',
    };
  },
  read,
};

interface Family {
  type: string;
  help: string;
  unit: string;
}

/** A histogram or summary, put together from its lines. */
interface Group {
  family: string;
  kind: 'histogram' | 'summary';
  labels: [string, string][];
  service: string;
  time: string | undefined;
  line: number;
  buckets: { bound: number; count: number }[];
  quantiles: { quantile: number; value: number }[];
  sum: number;
  count: number | undefined;
  exemplars: Exemplar[];
}

const SUFFIX = /_(?:total|bucket|sum|count|created|info|gsum|gcount)$/;

async function read({ bytes, sink, name, problem }: ReaderInput): Promise<void> {
  const families = new Map<string, Family>();
  const resource = resources(sink);
  const groups = new Map<string, Group>();
  let malformed = 0;
  /** OpenTelemetry names the sender once, in `target_info`, and not on every line. */
  let sender = '';
  const metric = (family: string, service: string): Metric => ({
    resource: resource(service),
    scope: NO_SCOPE,
    name: family,
    description: families.get(family)?.help ?? '',
    unit: families.get(family)?.unit ?? '',
  });
  const point = (attributes: AttributeMap, time: string | undefined, exemplars: Exemplar[]): Point => ({
    attributes,
    startNs: 0n,
    timeNs: epochNs(time),
    flags: 0,
    exemplars,
  });
  const flush = (): void => {
    for (const group of groups.values()) writeGroup(group, metric, point, sink);
    groups.clear();
  };
  let current = '';
  const tooLong = (line: number, size: number): void =>
    problem({
      severity: 'error',
      what: `This line has ${size} bytes. It was left out.`,
      where: `${name}, line ${line}`,
      todo: 'Check how the file was written.',
    });
  for await (const { bytes: raw, line } of lines(bytes, tooLong)) {
    const text = raw.toString('utf8').trim();
    if (text === '') continue;
    if (text.startsWith('#')) {
      const meta = META.exec(text);
      if (meta) note(families, meta);
      continue;
    }
    const parsed = parseSampleLine(text);
    if (!parsed) {
      malformed++;
      if (malformed <= 5)
        problem({
          severity: 'warning',
          what: 'This line is no sample of the exposition format. It was left out.',
          where: `${name}, line ${line}`,
          todo: 'It has to be: name{label="value"} number [timestamp].',
        });
      continue;
    }
    const base = parsed.name.replace(SUFFIX, '');
    const family = families.has(parsed.name) ? parsed.name : families.has(base) ? base : parsed.name;
    if (family !== current) {
      // Lines of a family stand together, so a group is whole when another family begins.
      flush();
      current = family;
    }
    if (family === 'target_info') sender = serviceOf(parsed.labels) || sender;
    const service = serviceOf(parsed.labels) || sender;
    const type = families.get(family)?.type ?? '';
    const exemplars = parsed.exemplar ? [exemplarOf(parsed.exemplar, sink)] : [];
    if (type === 'histogram' || type === 'gaugehistogram' || type === 'summary')
      collect(groups, family, type === 'summary' ? 'summary' : 'histogram', parsed, service, line, exemplars);
    else if (parsed.name.endsWith('_created')) continue;
    else if (type === 'counter' || (type === '' && parsed.name.endsWith('_total')))
      sink.sum(
        metric(family, service),
        { ...point(sink.map(parsed.labels), parsed.time, exemplars), value: parsed.value },
        2,
        true,
        line,
      );
    else
      sink.gauge(
        metric(family, service),
        { ...point(sink.map(parsed.labels), parsed.time, exemplars), value: parsed.value },
        line,
      );
    await sink.drain();
  }
  flush();
  if (malformed > 5)
    problem({
      severity: 'warning',
      what: `${malformed - 5} more lines were no samples, and were left out.`,
      todo: 'Check how the file was written.',
    });
}

function note(families: Map<string, Family>, [, what, name = '', text = '']: RegExpExecArray): void {
  const family = families.get(name) ?? { type: '', help: '', unit: '' };
  if (what === 'TYPE') family.type = text.trim();
  else if (what === 'HELP') family.help = text;
  else family.unit = text.trim();
  families.set(name, family);
}

const serviceOf = (labels: [string, string][]): string => {
  const find = (name: string): string | undefined => labels.find(([key]) => key === name)?.[1];
  return find('service') ?? find('service_name') ?? find('app') ?? find('job') ?? '';
};

function collect(
  groups: Map<string, Group>,
  family: string,
  kind: Group['kind'],
  parsed: SampleLine,
  service: string,
  line: number,
  exemplars: Exemplar[],
): void {
  const special = kind === 'histogram' ? 'le' : 'quantile';
  const labels = parsed.labels.filter(([key]) => key !== special);
  const key = JSON.stringify([labels, parsed.time]);
  let group = groups.get(key);
  if (!group) {
    group = {
      family,
      kind,
      labels,
      service,
      time: parsed.time,
      line,
      buckets: [],
      quantiles: [],
      sum: 0,
      count: undefined,
      exemplars: [],
    };
    groups.set(key, group);
  }
  const bound = numberOf(parsed.labels.find(([k]) => k === special)?.[1]);
  if (parsed.name.endsWith('_sum') || parsed.name.endsWith('_gsum')) group.sum = parsed.value;
  else if (parsed.name.endsWith('_count') || parsed.name.endsWith('_gcount')) group.count = parsed.value;
  else if (bound !== undefined && kind === 'histogram') group.buckets.push({ bound, count: parsed.value });
  else if (bound !== undefined) group.quantiles.push({ quantile: bound, value: parsed.value });
  group.exemplars.push(...exemplars);
}

function writeGroup(
  group: Group,
  metric: (family: string, service: string) => Metric,
  point: (attributes: AttributeMap, time: string | undefined, exemplars: Exemplar[]) => Point,
  sink: Sink,
): void {
  const base = point(sink.map(group.labels), group.time, group.exemplars);
  const m = metric(group.family, group.service);
  if (group.kind === 'summary') {
    // A quantile of an empty window is NaN: no observation, no quantile.
    sink.summary(
      m,
      { ...base, count: group.count ?? 0, sum: group.sum, quantiles: group.quantiles },
      group.line,
    );
    return;
  }
  const buckets = [...group.buckets].sort((a, b) => a.bound - b.bound);
  // Buckets are cumulative here and apart in OTLP; the last, without a bound, holds the rest.
  const total = group.count ?? buckets.at(-1)?.count ?? 0;
  const bounded = buckets.filter((b) => Number.isFinite(b.bound));
  const counts = bounded.map((b, i) => Math.max(0, b.count - (bounded[i - 1]?.count ?? 0)));
  sink.histogram(
    m,
    {
      ...base,
      count: total,
      sum: group.sum,
      bucketCounts: [...counts, Math.max(0, total - (bounded.at(-1)?.count ?? 0))],
      explicitBounds: bounded.map((b) => b.bound),
      min: 0,
      max: 0,
      temporality: 2,
    },
    group.line,
  );
}

const exemplarOf = (exemplar: NonNullable<SampleLine['exemplar']>, sink: Sink): Exemplar => {
  const find = (name: string): string => exemplar.labels.find(([key]) => key === name)?.[1] ?? '';
  return {
    attributes: sink.map(exemplar.labels.filter(([key]) => key !== 'trace_id' && key !== 'span_id')),
    timeNs: epochNs(exemplar.time),
    value: exemplar.value,
    spanId: find('span_id'),
    traceId: find('trace_id'),
  };
};

/** Seconds, perhaps with decimals, in OpenMetrics; whole milliseconds, 12 digits or more, in Prometheus' format. */
function epochNs(text: string | undefined): bigint {
  if (text === undefined || !/^\d+(?:\.\d+)?$/.test(text)) return 0n;
  const [whole = '0', fraction = ''] = text.split('.');
  if (fraction === '' && whole.length >= 12) return BigInt(whole) * 1_000_000n;
  return BigInt(whole) * 1_000_000_000n + BigInt(fraction.slice(0, 9).padEnd(9, '0'));
}

export default openmetrics;
