import type { Store } from '../evidence/store/index.js';
import { RESOURCE_KEYS } from './attributes.js';
import type { Phases } from './phases.js';
import type { WalkedTrace } from './sections.js';
import { lengthOf, servedBy, spanAt, startOf } from './traces.js';

/** Who was being served while requests of the incident waited for their turn at a service. */
export interface QueueOccupants {
  service: string;
  /** Calls that waited and calls that did not, of which the instants were looked at. */
  waited: number;
  others: number;
  /** Long requests in service at such an instant, on average: while one waits, and when one that need not wait begins. */
  whileWaiting: number;
  otherwise: number;
  /** What most of the long ones do, and how long it takes in the middle, ms. */
  operation: string;
  longMs: number;
  /** Time in service of those that waited, in the middle, ms. */
  ownMs: number;
}

/** Instants that are looked at for each service, of either kind. */
const INSTANTS = 200;
/** A request is long for one that takes this much less time itself. */
const LONG = 5;
const FEWEST = 10;

interface Instant {
  service: string;
  host: string;
  atNs: bigint;
  waits: boolean;
  ownMs: number;
}

/** For every service before which requests queue. Long requests are looked for among all that the store holds. */
export async function queueOccupants(
  store: Store,
  phases: Phases,
  traces: readonly WalkedTrace[],
): Promise<QueueOccupants[]> {
  const all = traces.filter((t) => t.request.phase === 'incident').flatMap(instantsOf);
  const services = [...new Set(all.filter((i) => i.waits).map((i) => i.service))].sort();
  const found: QueueOccupants[] = [];
  for (const service of services) {
    const of = (waits: boolean): Instant[] =>
      evenly(
        all.filter((i) => i.service === service && i.waits === waits),
        INSTANTS,
      );
    const [waited, others] = [of(true), of(false)];
    if (waited.length < FEWEST) continue;
    const ownMs = middle(waited.map((i) => i.ownMs));
    const rows = await store.query<{ waits: number; operation: string; spans: number; longMs: number }>(
      OCCUPANTS,
      {
        ...phases.params,
        service,
        times: [...waited, ...others].map((i) => String(i.atNs)),
        hosts: [...waited, ...others].map((i) => i.host),
        count: waited.length,
        shortestNs: Math.round(Math.max(1, LONG * ownMs) * 1e6),
      },
    );
    const sum = (waits: number): number =>
      rows.filter((r) => Number(r.waits) === waits).reduce((a, r) => a + Number(r.spans), 0);
    const first = rows.find((r) => Number(r.waits) === 1);
    if (!first) continue;
    found.push({
      service,
      waited: waited.length,
      others: others.length,
      whileWaiting: sum(1) / waited.length,
      otherwise: others.length > 0 ? sum(0) / others.length : 0,
      operation: first.operation,
      longMs: first.longMs,
      ownMs,
    });
  }
  return found;
}

const HOST = `coalesce(${RESOURCE_KEYS.host.map((k) => `nullIf(ResourceAttributes['${k}'], '')`).join(', ')}, '')`;

/** Spans in service at the instants; the first `count` of these are waits. */
const OCCUPANTS = `WITH arrayMap((t, h, n) -> (toInt64(t), h, n <= {count:UInt32}), {times:Array(String)}, {hosts:Array(String)}, arrayEnumerate({times:Array(String)})) AS instants
  SELECT instant.3 AS waits, operation, count() AS spans, quantileExact(0.5)(ns) / 1e6 AS longMs
  FROM (
    SELECT SpanName AS operation, Duration AS ns, arrayJoin(arrayFilter(
        i -> i.1 > toUnixTimestamp64Nano(Timestamp) AND i.1 < toUnixTimestamp64Nano(Timestamp) + Duration AND i.2 = ${HOST}, instants)) AS instant
    FROM otel_traces WHERE ServiceName = {service:String} AND SpanKind IN ('Server', 'Consumer') AND Duration >= {shortestNs:UInt64})
  GROUP BY waits, operation ORDER BY spans DESC, operation`;

/** The middle of each wait, and the beginning of each service without one. */
function instantsOf(t: WalkedTrace): Instant[] {
  const gaps = new Map(t.sections.filter((s) => s.key.kind === 'queue-gap').map((s) => [s.span, s] as const));
  const moved = new Set(t.moved.map((m) => m.span));
  return t.spans.flatMap((s, row): Instant[] => {
    if (s.role !== 'call') return [];
    const callee = servedBy(t, row);
    if (callee === undefined || moved.has(callee)) return [];
    const gap = gaps.get(row);
    const { service, resource } = spanAt(t, callee);
    const atMs = t.startMs + (gap ? (gap.start + gap.end) / 2 : startOf(t, callee));
    return [
      {
        service,
        host: RESOURCE_KEYS.host.map((k) => resource[k]).find((v) => v !== undefined && v !== '') ?? '',
        atNs: BigInt(Math.round(atMs * 1000)) * 1000n,
        waits: gap !== undefined,
        ownMs: lengthOf(t, callee),
      },
    ];
  });
}

/** At most so many of a list, spread over it. */
function evenly<T>(list: readonly T[], most: number): T[] {
  const step = Math.max(1, list.length / most);
  return Array.from({ length: Math.min(most, list.length) }, (_, i) => list[Math.floor(i * step)]).filter(
    (x): x is T => x !== undefined,
  );
}

const middle = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
