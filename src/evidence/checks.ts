import type { Store } from './store/index.js';

/** Spans further than this and ten times the middle 90 % outside of it have a wrong clock. */
const FAR_SECONDS = 86_400;
const FAR_FACTOR = 10;
/** Traces with more spans than this are not walked for cycles. */
const MAX_SPANS_OF_TRACE = 20_000;

/**
 * What is odd about the spans of a source as a whole, by kind; only what was found. `rangeNs`, when all times are known to
 * be valid, is what lies between the first and the last.
 */
export async function checkSpans(
  store: Store,
  source: string,
  rangeNs?: bigint,
): Promise<[kind: string, count: number][]> {
  const { duplicates, inCircle } = await withinTraces(store, source);
  // None is far off the others when all are near.
  const isNear = rangeNs !== undefined && rangeNs <= BigInt(FAR_SECONDS) * 1_000_000_000n;
  const found: [string, number][] = [
    ['duplicate-span', duplicates],
    ...(isNear ? [] : await farOff(store, source)),
    ['parent-cycle', inCircle],
  ];
  return found.filter(([, count]) => count > 0);
}

async function farOff(store: Store, source: string): Promise<[string, number][]> {
  const [row] = await store.query<{ late: number; early: number }>(
    `WITH (SELECT quantilesExact(0.05, 0.95)(toInt64(toUnixTimestamp64Second(Timestamp))) FROM otel_traces
           WHERE KpSource = {source:String}) AS middle,
          ${FAR_SECONDS} + ${FAR_FACTOR} * (middle[2] - middle[1]) AS far,
          toUnixTimestamp64Second(Timestamp) AS at
     SELECT countIf(at > middle[2] + far) AS late, countIf(at < middle[1] - far) AS early
     FROM otel_traces WHERE KpSource = {source:String}`,
    { source },
  );
  return [
    ['far-future', row?.late ?? 0],
    ['far-past', row?.early ?? 0],
  ];
}

/**
 * Spans that share their id within a trace; and spans in circles of parents or below one: parents are followed by
 * pointer doubling, as many times as a chain of all the trace's spans would need, and the chain has no end then.
 */
async function withinTraces(store: Store, source: string): Promise<{ duplicates: number; inCircle: number }> {
  const [row] = await store.query<{ duplicates: number; inCircle: number }>(
    `SELECT sum(length(all) - arrayUniq(all)) AS duplicates, sum(circle) AS inCircle FROM (
       SELECT groupArray(sipHash64(SpanId)) AS all, length(all) <= ${MAX_SPANS_OF_TRACE} AS walked,
              walked ? all : [] AS ids,
              walked ? groupArray(sipHash64(ParentSpanId)) : [] AS parents,
              arrayMap(p -> indexOf(ids, p), parents) AS up,
              arrayFold((acc, x) -> arrayMap(i -> i = 0 ? 0 : acc[i], acc), range(toUInt8(ceil(log2(length(ids) + 1)))), up) AS root,
              countEqual(arrayMap(i -> i != 0, root), 1) AS circle
       FROM otel_traces WHERE KpSource = {source:String} AND SpanId != ''
       GROUP BY TraceId)`,
    { source },
  );
  return { duplicates: row?.duplicates ?? 0, inCircle: row?.inCircle ?? 0 };
}
