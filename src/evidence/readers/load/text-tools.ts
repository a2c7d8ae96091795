import type { LatencySummary } from '../../../domain/load-result.js';
import { CLOSED_LOOP } from './caveats.js';
import { LoadFault, type LoadInput, type LoadReader, textOf } from './reader.js';

const UNIT_MS: Record<string, number> = {
  ns: 1e-6,
  us: 0.001,
  µs: 0.001,
  μs: 0.001,
  ms: 1,
  s: 1000,
  secs: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** Milliseconds of "12.3ms", "1m2.5s", "945µs"; `undefined` for anything else. */
export function durationMs(text: string): number | undefined {
  let sum = 0;
  let rest = text.trim();
  if (rest === '') return undefined;
  while (rest !== '') {
    const part = /^([\d.]+)\s*(ns|us|µs|μs|ms|s|m|h)/.exec(rest);
    if (!part) return undefined;
    sum += Number(part[1]) * (UNIT_MS[part[2] ?? ''] ?? Number.NaN);
    rest = rest.slice(part[0].length).trim();
  }
  return Number.isFinite(sum) ? sum : undefined;
}

const lacking = (input: LoadInput, what: string): LoadFault =>
  new LoadFault(
    `${what} is missing: the output is cut off`,
    input.name,
    'Save the whole output of the tool.',
  );

/** A number that a pattern finds, or a fault that names it. */
function must(input: LoadInput, text: string, pattern: RegExp, what: string): number {
  const value = Number(pattern.exec(text)?.[1]);
  if (!Number.isFinite(value)) throw lacking(input, what);
  return value;
}
const may = (text: string, pattern: RegExp): number | undefined => {
  const found = pattern.exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
};

export const wrk: LoadReader = {
  id: 'wrk',
  title: 'wrk',
  looksFor: 'the text of wrk',
  recognise: (sample) =>
    /^Running .+ test @ /.test(sample.lines[0] ?? '') &&
    /threads and \d+ connections/.test(sample.lines[1] ?? '')
      ? { confidence: 1, by: 'wrk’s first two lines' }
      : undefined,
  async read(input) {
    const text = await textOf(input);
    const total = /(\d+) requests in ([\d.]+\w+),/.exec(text);
    if (!total) throw lacking(input, 'The line "… requests in …"');
    const latencyMs: LatencySummary = {};
    const stats = /Latency\s+(\S+)\s+\S+\s+(\S+)/.exec(text);
    const mean = durationMs(stats?.[1] ?? '');
    const max = durationMs(stats?.[2] ?? '');
    if (mean !== undefined) latencyMs.mean = mean;
    if (max !== undefined) latencyMs.max = max;
    const names: Record<string, keyof LatencySummary> = {
      '50': 'p50',
      '75': 'p75',
      '90': 'p90',
      '99': 'p99',
      '99.9': 'p999',
    };
    for (const [, p = '', value = ''] of text.matchAll(/^\s+([\d.]+)%\s+(\S+)\s*$/gm)) {
      const name = names[String(Number(p))];
      const ms = durationMs(value);
      if (name && ms !== undefined) latencyMs[name] = ms;
    }
    // wrk2 prints its percentiles to three places and was given a rate.
    const paced = /Recorded Latency|Detailed Percentile spectrum/.test(text) || /\s99\.900%/.test(text);
    const non2xx = may(text, /Non-2xx or 3xx responses: (\d+)/) ?? 0;
    const socket = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(text);
    const broken = socket ? socket.slice(1).reduce((sum, n) => sum + Number(n), 0) : 0;
    const seconds = (durationMs(total[2] ?? '') ?? 0) / 1000;
    const rate = may(text, /Requests\/sec:\s+([\d.]+)/);
    return {
      tool: paced ? 'wrk2' : 'wrk',
      format: 'wrk text',
      loop: paced ? 'open' : 'closed',
      omissionSafe: paced,
      percentiles: 'histogram',
      requests: Number(total[1]),
      errors: non2xx + broken,
      durationSeconds: seconds,
      ...(rate === undefined ? {} : { throughput: rate }),
      latencyMs,
      lowerBound: !paced,
      parts: [],
      caveats: [
        ...(paced ? [] : [CLOSED_LOOP]),
        ...(latencyMs.p99 === undefined ? ['Percentiles are missing: run wrk with --latency.'] : []),
      ],
    };
  },
};

export const hey: LoadReader = {
  id: 'hey',
  title: 'hey',
  looksFor: 'the text of hey',
  recognise: (sample) =>
    sample.lines[0]?.trim() === 'Summary:' && /^\s+Total:\s+[\d.]+ secs/.test(sample.lines[1] ?? '')
      ? { confidence: 1, by: 'hey’s summary' }
      : undefined,
  async read(input) {
    const text = await textOf(input);
    const seconds = (name: string): number =>
      1000 * must(input, text, new RegExp(`${name}:\\s+([\\d.]+) secs`), name);
    const latencyMs: LatencySummary = {
      min: seconds('Fastest'),
      mean: seconds('Average'),
      max: seconds('Slowest'),
    };
    const names: Record<string, keyof LatencySummary> = {
      '50': 'p50',
      '75': 'p75',
      '90': 'p90',
      '95': 'p95',
      '99': 'p99',
    };
    for (const [, p = '', s = ''] of text.matchAll(/^\s+(\d+)%+ in ([\d.]+) secs/gm)) {
      const name = names[p];
      if (name) latencyMs[name] = 1000 * Number(s);
    }
    if (!/Status code distribution:/.test(text)) throw lacking(input, 'The status code distribution');
    let requests = 0;
    let errors = 0;
    for (const [, status = '', n = ''] of text.matchAll(/\[(\d{3})\]\s+(\d+) responses/g)) {
      requests += Number(n);
      if (Number(status) >= 400) errors += Number(n);
    }
    const failed = /Error distribution:([\s\S]*)$/.exec(text)?.[1] ?? '';
    for (const [, n = ''] of failed.matchAll(/^\s+\[(\d+)\]/gm)) {
      requests += Number(n);
      errors += Number(n);
    }
    return {
      tool: 'hey',
      format: 'hey text',
      loop: 'closed',
      omissionSafe: false,
      percentiles: 'summary',
      requests,
      errors,
      durationSeconds: seconds('Total') / 1000,
      throughput: must(input, text, /Requests\/sec:\s+([\d.]+)/, 'Requests/sec'),
      latencyMs,
      lowerBound: true,
      parts: [],
      caveats: [
        CLOSED_LOOP,
        ...(latencyMs.p99 === undefined ? ['Too few requests for hey to print a p99.'] : []),
      ],
    };
  },
};

export const ab: LoadReader = {
  id: 'ab',
  title: 'ApacheBench',
  looksFor: 'the text of ab',
  recognise: (sample) =>
    sample.lines.some((l) => l.startsWith('This is ApacheBench'))
      ? { confidence: 1, by: 'ApacheBench’s first line' }
      : undefined,
  async read(input) {
    const text = await textOf(input);
    const latencyMs: LatencySummary = {};
    const total = /^Total:\s+(\d+)\s+(\d+)\s+[\d.]+\s+(\d+)\s+(\d+)/m.exec(text);
    if (!total) throw lacking(input, 'The table of connection times');
    latencyMs.min = Number(total[1]);
    latencyMs.mean = Number(total[2]);
    latencyMs.max = Number(total[4]);
    const names: Record<string, keyof LatencySummary> = {
      '50': 'p50',
      '75': 'p75',
      '90': 'p90',
      '95': 'p95',
      '99': 'p99',
    };
    for (const [, p = '', ms = ''] of text.matchAll(/^\s+(\d+)%\s+(\d+)/gm)) {
      const name = names[p];
      if (name) latencyMs[name] = Number(ms);
    }
    const failed = must(input, text, /Failed requests:\s+(\d+)/, 'Failed requests');
    const non2xx = may(text, /Non-2xx responses:\s+(\d+)/) ?? 0;
    return {
      tool: 'ab',
      format: 'ApacheBench text',
      loop: 'closed',
      omissionSafe: false,
      percentiles: 'every request',
      requests: must(input, text, /Complete requests:\s+(\d+)/, 'Complete requests'),
      errors: failed + non2xx,
      durationSeconds: must(input, text, /Time taken for tests:\s+([\d.]+) seconds/, 'Time taken for tests'),
      throughput: must(input, text, /Requests per second:\s+([\d.]+)/, 'Requests per second'),
      latencyMs,
      lowerBound: true,
      parts: [],
      caveats: [
        CLOSED_LOOP,
        'Whole milliseconds only.',
        ...(failed > 0 ? ['ab counts answers of another length as failed.'] : []),
      ],
    };
  },
};

export const vegetaText: LoadReader = {
  id: 'vegeta-text',
  title: 'vegeta report',
  looksFor: 'the text of vegeta',
  recognise: (sample) =>
    /^Requests\s+\[total, rate/.test(sample.lines[0] ?? '')
      ? { confidence: 1, by: 'vegeta’s first line' }
      : undefined,
  async read(input) {
    const text = await textOf(input);
    const row = (name: string): { [key: string]: string } => {
      const found = new RegExp(`^${name}\\s+\\[([^\\]]*)\\]\\s+(.*)$`, 'm').exec(text);
      if (!found) throw lacking(input, name);
      const keys = (found[1] ?? '').split(', ');
      const values = (found[2] ?? '').split(', ');
      return Object.fromEntries(keys.map((k, i) => [k, (values[i] ?? '').trim()]));
    };
    const requests = row('Requests');
    const times = row('Latencies');
    const ratio = Number((row('Success').ratio ?? '').replace('%', '')) / 100;
    const total = Number(requests.total);
    const latencyMs: LatencySummary = {};
    const names: Record<string, keyof LatencySummary> = {
      min: 'min',
      mean: 'mean',
      '50': 'p50',
      '90': 'p90',
      '95': 'p95',
      '99': 'p99',
      max: 'max',
    };
    for (const [key, name] of Object.entries(names)) {
      const ms = durationMs(times[key] ?? '');
      if (ms !== undefined) latencyMs[name] = ms;
    }
    const duration = row('Duration');
    return {
      tool: 'vegeta',
      format: 'vegeta report',
      loop: 'open',
      omissionSafe: 'unknown',
      percentiles: 'summary',
      requests: total,
      errors: Math.round(total * (1 - ratio)),
      durationSeconds: (durationMs(duration.total ?? '') ?? 0) / 1000,
      throughput: Number(requests.rate),
      latencyMs,
      lowerBound: false,
      parts: [],
      caveats: [VEGETA],
    };
  },
};

export const VEGETA =
  'vegeta sends at a rate, but starts its clock when a worker sends: with too few workers (-max-workers) the wait is not seen.';
