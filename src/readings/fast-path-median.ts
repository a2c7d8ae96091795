import {
  type Context,
  constant,
  type Fact,
  name,
  num,
  type Reading,
  type ReadingEntry,
  say,
  table,
} from '../domain/index.js';
import { bearing, calc, reading } from './compose.js';
import { isWhole, NOW, shareOf } from './load.js';
import { cacheFlow, now, statementTimes } from './parts.js';
import { requestSubject } from './percentiles.js';

const HIT = constant(
  'cacheHit.usual',
  10,
  'ms',
  'A look-up in an in-memory cache in the same region takes one network round trip, well under this (Redis documentation, Diagnosing latency issues, 2024)',
);
const HALF = constant(
  'median.share',
  0.5,
  'ratio',
  'The median is the request that half of all requests are faster than',
);

/** When more than half of all requests should be served by a cache, the median request is a hit. Is it that fast? */
function read(context: Context): Reading[] {
  const flow = cacheFlow(context);
  const subject = requestSubject(context);
  const median = subject && now(context, 'latency.p50', subject);
  if (!flow || !subject || !median || median.value <= 2 * HIT.value) return [];
  const reads = shareOf(context, 'read');
  const hits = (k: number, count?: Fact): Fact =>
    calc(
      `requests.allHits${k === 1 ? '' : `.${k}`}`,
      subject,
      [(reads?.value ?? 1) * flow.hit.value ** k, 'ratio'],
      reads ? 'share of reads × hit ratio ^ look-ups a request' : 'hit ratio ^ look-ups a request',
      [...(reads ? [reads] : []), flow.hit, ...(count ? [count] : [])],
    );
  const one = hits(1);
  if (one.value <= HALF.value) return [];
  const counts = [1, 2, 3, 4].map((k) =>
    constant(
      `lookups.assumed.${k}`,
      k,
      'count',
      'Look-ups for one request, tried in turn because the case does not say it',
    ),
  );
  const enough = counts.find((k) => hits(k.value, k).value < HALF.value);
  const slow = calc('median.overHit', subject, [median.value / HIT.value, 'factor'], 'median ÷ usual hit', [
    median,
    HIT,
  ]);
  const busy = context.facts
    .every({ name: ['workers.utilisation', 'cpu.utilisation', 'eventloop.utilisation'], phase: NOW })
    .find((f) => isWhole(context, f.subject) || f.subject.kind === 'service');
  const together = busy && !(median.phase === 'steady' && busy.phase !== 'steady');
  const saturated = busy && together && busy.value >= 0.75 && busy.value <= 1 ? busy : undefined;
  const stmt = statementTimes(context).find(
    (s) => s.kind === 'read' && s.subject.kind === 'statement' && s.time.value >= median.value,
  );
  const because = say`${num(one)} of requests should be hits of ${name(flow.cache.name)}, yet the median takes ${num(median)}`;
  return reading('fast-path-median', {
    id: subject.id,
    topic: 'contradiction',
    layer: 'cache',
    subject,
    headline: say`The median of ${num(median)} contradicts a hit ratio of ${num(flow.hit)}: ${reads ? say`${num(reads)} reads × ${num(flow.hit)} = ` : []}${num(one)} of requests should be answered by ${name(flow.cache.name)} in a few milliseconds, so the median request should be one of them${saturated ? say`; either all requests wait for something they share (${num(saturated)} busy), or` : '; either all requests wait for something they share, or'} a request needs several look-ups.`,
    arithmetic: [
      table(
        ['> Look-ups a request', '> Requests with hits alone', 'Median is'],
        counts.map((k) => {
          const all = hits(k.value, k);
          return [say`${num(k)}`, say`${num(all)}`, all.value > HALF.value ? say`a hit` : say`a miss`];
        }),
      ),
    ],
    assumptions: [
      say`Hits and misses are independent of each other within a request, and every read asks ${name(flow.cache.name)} first.`,
      ...(stmt
        ? [
            say`${name(stmt.subject.name)} at ${num(stmt.time)} takes as long as the median request or longer, so the median request does not run it, unless its mean is that of slow runs only.`,
          ]
        : []),
    ],
    bearings: [
      bearing(context, 'cpu-saturation', subject, saturated ? 0.7 : 0.3, because),
      bearing(context, 'event-loop-blocked', subject, saturated ? 0.5 : 0.2, because),
      bearing(context, 'n-plus-one', subject, 0.3, because),
    ],
    questions: [
      {
        id: 'lookups-per-request',
        question: say`How many look-ups in ${name(flow.cache.name)} does one read make, and how long does a request take when all of them hit?`,
        matters: enough
          ? say`from ${num(enough)} look-ups on, fewer than half of all requests are full hits and the median is explained; with one, every request waits for something shared`
          : say`with one look-up, every request waits for something shared`,
        weight: 0.6,
      },
    ],
    weight: Math.min(0.85, 0.5 + 0.027 * slow.value),
  });
}

export default {
  id: 'fast-path-median',
  about:
    'Whether the median is as fast as the cache hit it should be, and how many look-ups a request would explain it.',
  read,
} satisfies ReadingEntry;
