import type { LoadResult } from '../../domain/load-result.js';
import type { CapacityStep, ResourceUse } from '../../models/capacity/steps.js';
import { LoadFault } from './load/reader.js';
import { columnName, positive, readTable, type TableRow } from './table.js';

const COLUMNS = {
  concurrency: ['concurrency', 'n', 'users', 'vus', 'virtualusers', 'clients', 'threads', 'processors'],
  offered: ['offered', 'rate', 'target', 'arrivals', 'arrivalrate', 'sent'],
  throughput: ['throughput', 'x', 'rps', 'qps', 'tps', 'answers', 'requestspersecond', 'achieved'],
  utilisation: ['utilisation', 'utilization', 'cpu', 'cpuutilisation', 'cpuutilization', 'busy'],
  errors: ['errorratio', 'errors', 'errorrate', 'failures'],
} as const;

/** Names of a latency column: in milliseconds unless the name ends in a unit of its own. */
const latency = (row: TableRow, kinds: readonly string[]): number | undefined => {
  const ms = positive(
    row,
    kinds.flatMap((k) => [`${k}ms`, k]),
  );
  if (ms !== undefined) return ms;
  const seconds = positive(
    row,
    kinds.flatMap((k) => [`${k}s`, `${k}seconds`]),
  );
  return seconds === undefined ? undefined : seconds * 1000;
};

function stepOf(row: TableRow): CapacityStep {
  const concurrency = positive(row, COLUMNS.concurrency);
  const offered = positive(row, COLUMNS.offered);
  const throughput = positive(row, COLUMNS.throughput) ?? offered;
  if (throughput === undefined)
    throw new LoadFault(
      'The step says no throughput',
      row.where,
      `Name a column ${COLUMNS.throughput.slice(0, 4).join(', ')}.`,
    );
  if (throughput === 0) throw new LoadFault('The throughput is zero', row.where, 'Leave the step out.');
  const busy = positive(row, COLUMNS.utilisation);
  const given = {
    concurrency,
    offered,
    meanMs: latency(row, ['mean', 'avg', 'average', 'latency', 'responsetime', 'r']),
    p50Ms: latency(row, ['p50', 'median']),
    p95Ms: latency(row, ['p95']),
    p99Ms: latency(row, ['p99']),
    // A busy share above two is in per cent.
    utilisation: busy !== undefined && busy > 2 ? busy / 100 : busy,
    errorRatio: positive(row, COLUMNS.errors),
  };
  return {
    throughput,
    from: row.where,
    ...Object.fromEntries(Object.entries(given).filter(([, v]) => v !== undefined)),
  };
}

/**
 * Steps of a load test from a table: one row a step, with a throughput, and a concurrency, a rate, latencies or a
 * busy share. Throws a `LoadFault`.
 */
export const stepsFromTable = (text: string, file: string): CapacityStep[] =>
  readTable(text, file).map((row) => {
    const resources = [...row.fields.keys()].flatMap((name): ResourceUse[] => {
      const of = /^busy(.+)$/.exec(name)?.[1];
      const busy = of === undefined ? undefined : positive(row, [name]);
      return of === undefined || busy === undefined ? [] : [{ name: of, busy: busy > 2 ? busy / 100 : busy }];
    });
    return { ...stepOf(row), ...(resources.length > 0 ? { resources } : {}) };
  });

/** Steps from JSON: a list of objects, or an object whose `steps` is one (the knee that `load knee` writes). */
export function stepsFromJson(content: unknown, file: string): CapacityStep[] | undefined {
  const list = Array.isArray(content)
    ? content
    : typeof content === 'object' && content !== null && 'steps' in content
      ? content.steps
      : undefined;
  if (!Array.isArray(list)) return undefined;
  return list.map((entry: unknown, i) => {
    const where = `${file}, step ${i + 1}`;
    if (typeof entry !== 'object' || entry === null)
      throw new LoadFault(
        'The step is no object',
        where,
        'Write {"rate": 100, "throughput": 100, "p99Ms": 20}.',
      );
    const fields = new Map(
      Object.entries(entry).flatMap(([k, v]) =>
        typeof v === 'number' || typeof v === 'string' ? [[columnName(k), String(v)] as const] : [],
      ),
    );
    const resources = 'resources' in entry ? resourcesFrom(entry.resources, where) : [];
    return { ...stepOf({ where, fields }), ...(resources.length > 0 ? { resources } : {}) };
  });
}

/** Busy shares of what was watched: `[{"name": "api", "busy": 0.4}]` as `load knee --watch` writes them, or `{"api": 0.4}`. */
function resourcesFrom(given: unknown, where: string): ResourceUse[] {
  const list: unknown[] = Array.isArray(given)
    ? given
    : typeof given === 'object' && given !== null
      ? Object.entries(given).map(([name, busy]) => ({ name, busy }))
      : [];
  return list.map((entry) => {
    const use = typeof entry === 'object' && entry !== null ? (entry as Partial<ResourceUse>) : {};
    if (typeof use.name !== 'string' || typeof use.busy !== 'number' || !(use.busy >= 0))
      throw new LoadFault(
        'A resource has no name, or no busy share',
        where,
        'Write "resources": [{"name": "api", "busy": 0.4}].',
      );
    return {
      name: use.name,
      busy: use.busy,
      ...(typeof use.others === 'number' ? { others: use.others } : {}),
      ...(typeof use.servers === 'number' && use.servers >= 1 ? { servers: use.servers } : {}),
    };
  });
}

/** One result of a load tool as a step. */
export function stepFromResult(result: LoadResult, file: string): CapacityStep {
  const throughput =
    result.throughput ??
    (result.durationSeconds ? (result.requests - result.errors) / result.durationSeconds : undefined);
  if (!throughput)
    throw new LoadFault('The result says no throughput', file, 'Export the length of the run with it.');
  const { mean, p50, p95, p99 } = result.latencyMs;
  const given = { meanMs: mean, p50Ms: p50, p95Ms: p95, p99Ms: p99 };
  return {
    throughput,
    from: file,
    ...(result.dropped && result.durationSeconds
      ? { offered: throughput + result.dropped / result.durationSeconds }
      : {}),
    errorRatio: result.requests > 0 ? result.errors / result.requests : 0,
    ...Object.fromEntries(Object.entries(given).filter(([, v]) => v !== undefined)),
  };
}
