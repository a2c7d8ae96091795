import type { LatencySummary } from '../../../domain/load-result.js';
import { csvFields } from '../csv.js';
import { isObject, leadingObjects } from '../sample.js';
import { parseTimeNs } from '../time.js';
import { faultAt, jsonOf, LoadFault, type LoadInput, type LoadReader, textLines } from './reader.js';
import { gatherRequests } from './requests.js';
import { VEGETA } from './text-tools.js';

const ROUTE_OF = /^[a-z]+:\/\/[^/]+/;

async function readRows(
  input: LoadInput,
  format: string,
  parse: (
    text: string,
  ) => { ns: unknown; latencyNs: number; status: number; method: string; url: string } | undefined,
) {
  const requests = gatherRequests();
  for await (const { text, line, ended } of textLines(input)) {
    if (text === '') continue;
    const row = parse(text);
    const ns = row ? parseTimeNs(row.ns) : undefined;
    if (!ended) throw faultAt(input, line, 'The last line is cut off');
    if (!row || ns === undefined || !(row.latencyNs >= 0) || !Number.isInteger(row.status))
      throw faultAt(input, line, 'The line is no result of vegeta');
    requests.add({
      name: `${row.method} ${row.url.replace(ROUTE_OF, '').replace(/\?.*$/, '') || '/'}`,
      startMs: Number(ns / 1000n) / 1000,
      durationMs: row.latencyNs / 1e6,
      failed: row.status === 0 || row.status >= 400,
    });
  }
  if (requests.count() === 0)
    throw new LoadFault('There is no result in it', input.name, 'Encode the attack again.');
  return {
    tool: 'vegeta',
    format,
    loop: 'open' as const,
    omissionSafe: 'unknown' as const,
    lowerBound: false,
    ...requests.result(),
    caveats: [VEGETA],
  };
}

export const vegetaJson: LoadReader = {
  id: 'vegeta-json',
  title: 'vegeta results as JSON',
  looksFor: 'JSON lines of vegeta',
  recognise(sample) {
    const objects = leadingObjects(sample);
    return objects.length > 0 &&
      objects.every((o) => 'attack' in o && 'latency' in o && 'code' in o && 'seq' in o)
      ? { confidence: 1, by: 'attack, seq and latency of vegeta' }
      : undefined;
  },
  read: (input) =>
    readRows(input, 'vegeta results as JSON', (text) => {
      try {
        const o: unknown = JSON.parse(text);
        if (!isObject(o)) return undefined;
        return {
          ns: o.timestamp,
          latencyNs: Number(o.latency),
          status: Number(o.code),
          method: String(o.method ?? 'GET'),
          url: String(o.url ?? ''),
        };
      } catch {
        return undefined;
      }
    }),
};

export const vegetaCsv: LoadReader = {
  id: 'vegeta-csv',
  title: 'vegeta results as CSV',
  looksFor: 'CSV rows of vegeta',
  recognise: (sample) =>
    /^\d{19},\d{1,3},\d+,\d+,\d+,[^,]*,[A-Za-z0-9+/=]*,[^,]*,\d+,[A-Z]+,/.test(sample.lines[0] ?? '')
      ? { confidence: 1, by: 'rows of vegeta: nanoseconds, status, latency' }
      : undefined,
  read: (input) =>
    readRows(input, 'vegeta results as CSV', (text) => {
      const f = csvFields(text, ',');
      if (!f || f.length < 11) return undefined;
      return {
        ns: f[0],
        latencyNs: Number(f[2]),
        status: Number(f[1]),
        method: f[9] ?? 'GET',
        url: f[10] ?? '',
      };
    }),
};

export const vegetaReport: LoadReader = {
  id: 'vegeta-report',
  title: 'vegeta report as JSON',
  looksFor: 'the JSON report of vegeta',
  recognise(sample) {
    const [first] = leadingObjects(sample);
    return first && isObject(first.latencies) && '99th' in first.latencies
      ? { confidence: 1, by: 'latencies.99th of vegeta' }
      : undefined;
  },
  async read(input) {
    const root = await jsonOf(input);
    if (!isObject(root) || !isObject(root.latencies))
      throw new LoadFault('latencies are missing', input.name, 'Make the report again.');
    const latencyMs: LatencySummary = {};
    const names = {
      min: 'min',
      mean: 'mean',
      '50th': 'p50',
      '90th': 'p90',
      '95th': 'p95',
      '99th': 'p99',
      max: 'max',
    } as const;
    for (const [key, name] of Object.entries(names)) {
      const v = root.latencies[key];
      if (typeof v === 'number') latencyMs[name] = v / 1e6;
    }
    const requests = Number(root.requests ?? 0);
    const ns = parseTimeNs(root.earliest);
    return {
      tool: 'vegeta',
      format: 'vegeta report as JSON',
      loop: 'open',
      omissionSafe: 'unknown',
      percentiles: 'summary',
      requests,
      errors: Math.round(requests * (1 - Number(root.success ?? 0))),
      ...(ns === undefined ? {} : { startedAtMs: Number(ns / 1_000_000n) }),
      durationSeconds: Number(root.duration ?? 0) / 1e9,
      throughput: Number(root.rate ?? 0),
      latencyMs,
      lowerBound: false,
      parts: [],
      caveats: [VEGETA],
    };
  },
};
