import type { LatencySummary, LoadPart } from '../../../domain/load-result.js';
import { CLOSED_LOOP } from './caveats.js';
import { csvRecords } from './csv-records.js';
import { faultAt, LoadFault, type LoadReader } from './reader.js';

const COLUMNS = /^Type,Name,Request Count,Failure Count,/;

/** Columns of the percentiles and their names in a summary. */
const LATENCY: Readonly<Record<string, keyof LatencySummary>> = {
  'Min Response Time': 'min',
  'Average Response Time': 'mean',
  '50%': 'p50',
  '75%': 'p75',
  '90%': 'p90',
  '95%': 'p95',
  '99%': 'p99',
  '99.9%': 'p999',
  'Max Response Time': 'max',
};

/** The file that Locust ends on `_stats.csv`: one row a request name, the last one for all. */
export const locustStats: LoadReader = {
  id: 'locust-stats',
  title: 'Locust stats CSV',
  looksFor: 'the _stats.csv of Locust',
  recognise: (sample) =>
    COLUMNS.test(sample.lines[0] ?? '')
      ? { confidence: 1, by: 'the header of Locust’s _stats.csv' }
      : undefined,
  async read(input) {
    const parts: LoadPart[] = [];
    let whole: (LoadPart & { throughput: number }) | undefined;
    for await (const { field, line } of csvRecords(input)) {
      const row = rowOf(field);
      if (!row) throw faultAt(input, line, 'The counts or the rate are no numbers');
      if (field('Type') === '' && row.name === 'Aggregated') whole = row;
      else
        parts.push({ name: row.name, requests: row.requests, errors: row.errors, latencyMs: row.latencyMs });
    }
    if (!whole)
      throw new LoadFault(
        'The row “Aggregated” is missing: the file is cut off',
        input.name,
        'Give the whole _stats.csv that Locust wrote at its end.',
      );
    return {
      tool: 'locust',
      format: 'Locust stats CSV',
      loop: 'closed',
      omissionSafe: false,
      percentiles: 'histogram',
      requests: whole.requests,
      errors: whole.errors,
      ...(whole.throughput > 0
        ? { throughput: whole.throughput, durationSeconds: whole.requests / whole.throughput }
        : {}),
      latencyMs: whole.latencyMs,
      lowerBound: true,
      parts,
      caveats: [
        CLOSED_LOOP,
        'Locust keeps response times rounded: whole milliseconds below 100 ms, two digits above.',
      ],
    };
  },
};

function rowOf(field: (name: string) => string): (LoadPart & { throughput: number }) | undefined {
  const number = (name: string): number | undefined => {
    const text = field(name);
    return text === '' || text === 'N/A' ? undefined : Number(text);
  };
  const [requests, errors] = [number('Request Count'), number('Failure Count')];
  const throughput = number('Requests/s');
  const latencyMs: LatencySummary = {};
  for (const [column, key] of Object.entries(LATENCY)) {
    const value = number(column);
    if (value !== undefined) latencyMs[key] = value;
  }
  const numbers = [requests, errors, throughput, ...Object.values(latencyMs)];
  if (requests === undefined || errors === undefined || throughput === undefined) return undefined;
  if (numbers.some((n) => !Number.isFinite(n))) return undefined;
  return { name: field('Name'), requests, errors, throughput, latencyMs };
}
