import type { Fact, Source, Subject } from '../../domain/index.js';
import type { Store } from '../../evidence/store/index.js';
import type { GivenProfile } from './profile-facts.js';

/** Requests of a service in the time of a profile, and what they were counted from. */
export interface CountedRequests {
  /** All of the service, over the length of the profile. */
  requests: number;
  meanMs?: number;
  /** Processes that served them, when the spans name their process. */
  instances?: number;
  /** By operation, when counted from spans. */
  byOperation: ReadonlyMap<string, number>;
  /** `spans`: of the same time; `rate`: a rate of the same phase, taken as if it held. */
  by: 'spans' | 'rate';
  facts: readonly Fact[];
}

interface Row {
  operation: string;
  n: number;
  totalNs: number;
  instances: number;
}

/** Traces must cover this much of the profile’s time to count its requests. */
const COVERED = 0.5;

/**
 * Requests that a service served while a profile of it was recorded: its spans of the same time, else the request rate
 * of the same phase. `undefined` when neither is there, or the profile does not say how long it is.
 */
export async function requestsDuring(
  store: Store,
  { source, profile }: GivenProfile,
  about: Subject,
  facts: readonly Fact[],
): Promise<CountedRequests | undefined> {
  const length = profile.durationNs;
  if (length === undefined || length <= 0) return undefined;
  const spans =
    profile.startNs === undefined ? undefined : await fromSpans(store, about, profile.startNs, length);
  const counted = spans ?? fromRate(source, about, facts, length / 1e9);
  if (!counted || counted.instances !== undefined) return counted;
  const processes = facts.find((f) => f.name === 'instances' && f.subject.id === about.id && f.value >= 1);
  return processes
    ? { ...counted, instances: processes.value, facts: [...counted.facts, processes] }
    : counted;
}

async function fromSpans(
  store: Store,
  about: Subject,
  startNs: bigint,
  lengthNs: number,
): Promise<CountedRequests | undefined> {
  const params = { service: about.name };
  const served = `ServiceName = {service:String} AND (SpanKind IN ('Server', 'Consumer') OR ParentSpanId = '')`;
  const [range] = await store.query<{ n: number; fromNs: string; toNs: string }>(
    `SELECT count() AS n, toString(toUnixTimestamp64Nano(min(Timestamp))) AS fromNs, toString(toUnixTimestamp64Nano(max(Timestamp))) AS toNs
     FROM otel_traces WHERE ${served}`,
    params,
  );
  if (!range || Number(range.n) === 0) return undefined;
  const end = startNs + BigInt(Math.round(lengthNs));
  const from = BigInt(range.fromNs) > startNs ? BigInt(range.fromNs) : startNs;
  const to = BigInt(range.toNs) < end ? BigInt(range.toNs) : end;
  if (Number(to - from) < COVERED * lengthNs) return undefined;
  const rows = await store.query<Row>(
    `SELECT SpanName AS operation, count() AS n, sum(Duration) AS totalNs,
            uniqExactIf(ResourceAttributes['service.instance.id'], ResourceAttributes['service.instance.id'] != '') AS instances
     FROM otel_traces WHERE ${served}
       AND toUnixTimestamp64Nano(Timestamp) BETWEEN {from:Int64} AND {to:Int64}
     GROUP BY operation ORDER BY operation`,
    { ...params, from: from.toString(), to: to.toString() },
  );
  // Traces that begin later or end earlier than the profile are taken to go on as they are.
  const stretch = lengthNs / Number(to - from);
  const n = rows.reduce((sum, r) => sum + Number(r.n), 0);
  if (n === 0) return undefined;
  const instances = Math.max(...rows.map((r) => Number(r.instances)));
  return {
    requests: n * stretch,
    meanMs: rows.reduce((sum, r) => sum + Number(r.totalNs), 0) / n / 1e6,
    ...(instances > 0 ? { instances } : {}),
    byOperation: new Map(rows.map((r) => [r.operation, Number(r.n) * stretch])),
    by: 'spans',
    facts: [],
  };
}

/** The rate of the service itself, else of the operations that spans show, together. */
function fromRate(
  source: Source,
  about: Subject,
  facts: readonly Fact[],
  seconds: number,
): CountedRequests | undefined {
  const phases = source.role === 'baseline' ? ['baseline'] : ['incident', 'peak', 'steady', 'any'];
  for (const phase of phases) {
    const here = facts.filter((f) => f.phase === phase);
    const own = (name: string): Fact | undefined =>
      here.find((f) => f.name === name && f.subject.id === about.id);
    const rate = own('throughput');
    if (rate && rate.value > 0) {
      const mean = own('latency.mean');
      return {
        requests: rate.value * seconds,
        ...(mean ? { meanMs: mean.value } : {}),
        byOperation: new Map(),
        by: 'rate',
        facts: [rate, ...(mean ? [mean] : [])],
      };
    }
    const operations = here.flatMap((f) => operationOf(f, about, here));
    const perSecond = operations.reduce((sum, o) => sum + o.rate, 0);
    if (perSecond > 0)
      return {
        requests: perSecond * seconds,
        meanMs: operations.reduce((sum, o) => sum + o.rate * (o.mean?.value ?? 0), 0) / perSecond,
        byOperation: new Map(operations.map((o) => [o.count.subject.name, o.rate * seconds])),
        by: 'rate',
        facts: operations.flatMap((o) => [o.count, ...(o.mean ? [o.mean] : [])]),
      };
  }
  return undefined;
}

function operationOf(
  count: Fact,
  about: Subject,
  facts: readonly Fact[],
): { count: Fact; rate: number; mean: Fact | undefined }[] {
  const { subject, window } = count;
  if (count.name !== 'requests.count' || subject.kind !== 'operation' || subject.service !== about.name)
    return [];
  const seconds = window ? (Date.parse(window.to) - Date.parse(window.from)) / 1000 : 0;
  if (!(seconds > 0)) return [];
  const mean = facts.find((f) => f.name === 'latency.mean' && f.subject.id === subject.id);
  return [{ count, rate: count.value / seconds, mean }];
}
