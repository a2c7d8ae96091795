import { csvFields, separatorOf } from './csv.js';
import { NO_SCOPE, resources } from './json-map.js';
import { lines } from './json-records.js';
import type { EvidenceReader, ReaderInput } from './reader.js';
import type { Sample } from './sample.js';
import { EMPTY_MAP } from './sink.js';
import { parseTimeNs } from './time.js';

const NAMES = {
  time: ['timestamp', 'time', 'ts', 'datetime', 'date', '@timestamp', 'epoch', 'time_unix'],
  service: [
    'service',
    'service_name',
    'service.name',
    'app',
    'application',
    'component',
    'job',
    'host',
    'instance',
  ],
  metric: ['metric', 'metric_name', 'name', 'measurement', '__name__', 'kpi'],
  value: ['value', 'metric_value', 'val', 'v', 'avg', 'mean'],
  unit: ['unit', 'metric_unit', 'units'],
} as const;

/** A number, or the words that tools write where there is none. */
const NUMBER = /^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|nan|inf(?:inity)?|null)$/i;

interface Header {
  separator: string;
  columns: string[];
  time: number;
  service: number;
  metric: number;
  value: number;
  unit: number;
}

function headerOf(sample: Sample): Header | undefined {
  const first = sample.lines[0]?.replace(/^\uFEFF/, '');
  const separator = first === undefined ? undefined : separatorOf(first);
  if (first === undefined || separator === undefined) return undefined;
  const columns = csvFields(first, separator) ?? [];
  const lower = columns.map((c) => c.toLowerCase());
  const at = (names: readonly string[]): number =>
    names.map((n) => lower.indexOf(n)).find((i) => i >= 0) ?? -1;
  const header = {
    separator,
    columns,
    time: at(NAMES.time),
    service: at(NAMES.service),
    metric: at(NAMES.metric),
    value: at(NAMES.value),
    unit: at(NAMES.unit),
  };
  return header.time >= 0 && header.metric >= 0 && header.value >= 0 ? header : undefined;
}

const csvMetrics: EvidenceReader = {
  id: 'csv-metrics',
  title: 'CSV metrics',
  looksFor: 'CSV with the columns timestamp, service, metric, value',
  recognise(sample) {
    const header = headerOf(sample);
    if (!header || sample.json) return undefined;
    const rows = sample.lines.slice(1, 20).map((l) => csvFields(l, header.separator) ?? []);
    const fits = rows.filter(
      (r) => parseTimeNs(r[header.time]) !== undefined && NUMBER.test(r[header.value] ?? ''),
    );
    if (rows.length > 0 && fits.length * 2 < rows.length) return undefined;
    return {
      confidence: header.service >= 0 ? 0.85 : 0.75,
      by: `a header with ${header.columns.slice(0, 6).join(', ')}`,
    };
  },
  read,
};

async function read({ sample, bytes, sink, name, problem }: ReaderInput): Promise<void> {
  const header = headerOf(sample);
  if (!header) return;
  const resource = resources(sink);
  const known = new Set([header.time, header.service, header.metric, header.value, header.unit]);
  const rest = header.columns.flatMap((column, index) => (known.has(index) ? [] : [{ column, index }]));
  const tooLong = (line: number, size: number): void =>
    problem({
      severity: 'error',
      what: `This line has ${size} bytes. It was left out.`,
      where: `${name}, line ${line}`,
      todo: 'Export one value a line.',
    });
  let isHeader = true;
  for await (const { bytes: raw, line } of lines(bytes, tooLong)) {
    const text = raw.toString('utf8').trim();
    if (text === '') continue;
    if (isHeader) {
      isHeader = false;
      continue;
    }
    const fields = csvFields(text, header.separator);
    const timeNs = parseTimeNs(fields?.[header.time]);
    const metric = fields?.[header.metric] ?? '';
    const value = fields?.[header.value] ?? '';
    if (!fields || timeNs === undefined || metric === '' || value === '') {
      sink.flaw('record-incomplete', line);
      continue;
    }
    const own = rest.flatMap(({ column, index }) => {
      const field = fields[index] ?? '';
      return field === '' ? [] : [[column, field] as const];
    });
    sink.gauge(
      {
        resource: resource(fields[header.service] ?? ''),
        scope: NO_SCOPE,
        name: metric,
        description: '',
        unit: fields[header.unit] ?? '',
      },
      {
        attributes: own.length === 0 ? EMPTY_MAP : sink.map(own),
        startNs: 0n,
        timeNs,
        flags: 0,
        exemplars: [],
        value: Number(value),
      },
      line,
    );
    await sink.drain();
  }
}

export default csvMetrics;
