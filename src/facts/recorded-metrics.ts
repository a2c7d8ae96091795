import type { Recorded, RecordedMetric, Subject } from '../domain/index.js';
import type { Store } from '../evidence/store/index.js';
import { attributesOf, type Outgoing } from './red.js';
import { addressOf } from './span-kind.js';

type Row = Pick<RecordedMetric, 'name' | 'unit' | 'service' | 'keys' | 'bounds'> & { namespace: string };

const TABLES: readonly [table: string, kind: RecordedMetric['kind'], only: string, bounds: string][] = [
  ['otel_metrics_gauge', 'gauge', '1', '[]'],
  ['otel_metrics_sum', 'counter', 'IsMonotonic', '[]'],
  ['otel_metrics_sum', 'up-down-counter', 'NOT IsMonotonic', '[]'],
  ['otel_metrics_histogram', 'histogram', '1', 'max(ExplicitBounds)'],
  ['otel_metrics_exponential_histogram', 'exponential-histogram', '1', '[]'],
  ['otel_metrics_summary', 'summary', '1', '[]'],
];
/** Names beyond these say nothing more about what a stack exports. */
const MOST_NAMES = 5000;

/** The names, kinds, units and attribute keys of all metrics in the store, by service; nothing when there are none. */
export async function recordedMetrics(store: Store): Promise<RecordedMetric[]> {
  const all: RecordedMetric[] = [];
  for (const [table, kind, only, bounds] of TABLES) {
    const rows = await store.query<Row>(
      `SELECT ServiceName AS service, MetricName AS name, max(MetricUnit) AS unit,
              max(ResourceAttributes['service.namespace']) AS namespace,
              arraySort(groupUniqArrayArray(mapKeys(Attributes))) AS keys, ${bounds} AS bounds
       FROM ${table} WHERE ${only} GROUP BY service, name ORDER BY service, name LIMIT ${MOST_NAMES}`,
    );
    all.push(
      ...rows.map(({ namespace, ...row }) => ({
        ...row,
        bounds: [...row.bounds].map(Number),
        kind,
        job: namespace === '' ? row.service : `${namespace}/${row.service}`,
      })),
    );
  }
  return all;
}

/** Where each part is called, from the spans of its callers; addresses of the trouble where it is known apart. */
export function calleeAddresses(
  rows: readonly Outgoing[],
  calleeOf: (row: Outgoing) => Subject,
): Recorded['callees'] {
  const found = new Map<string, { caller: string; callee: Subject; by: Map<string, Set<string>> }>();
  for (const row of rows) {
    const address = addressOf(attributesOf(row));
    if (address === undefined) continue;
    const callee = calleeOf(row);
    const key = `${row.service}\n${callee.id}`;
    const entry = found.get(key) ?? { caller: row.service, callee, by: new Map<string, Set<string>>() };
    entry.by.set(row.phase, (entry.by.get(row.phase) ?? new Set()).add(address));
    found.set(key, entry);
  }
  return [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { caller, callee, by }]) => ({
      caller,
      callee,
      addresses: [...(by.get('incident') ?? [...by.values()][0] ?? [])].sort(),
    }));
}
