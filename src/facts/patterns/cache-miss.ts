import { name, num, type Subject, say } from '../../domain/index.js';
import { rewriteShare } from '../cache-writes.js';
import type { WalkedTrace } from '../sections.js';
import { type Fill, fillsOf } from './fills.js';
import { meanByCell, meanOver, numberOf, type PatternFinder, type PatternLook, patternOf } from './look.js';

/** Rise of the share of look-ups followed by a read of the store from which misses count as more than before. */
const RISE = 0.05;

/**
 * A look-up in a cache that is followed, under the same parent, by reads of a database before anything else happens:
 * a miss and its fill. When more look-ups are followed by a fill than before, the added fills are what misses cost.
 */
export const cacheMiss: PatternFinder = (look) => {
  const fills = new Map<WalkedTrace, Fill[]>();
  const caches = new Map<string, { service: string; cache: Subject }>();
  for (const t of [...look.incident, ...look.baseline]) {
    const found = fillsOf(t);
    fills.set(t, found);
    for (const f of found)
      caches.set(JSON.stringify([f.service, f.cache.id]), { service: f.service, cache: f.cache });
  }
  return [...caches]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, c]) => ofCache(look, fills, c.service, c.cache));
};

function ofCache(
  look: PatternLook,
  fills: ReadonlyMap<WalkedTrace, Fill[]>,
  service: string,
  cache: Subject,
) {
  const mine = (t: WalkedTrace): Fill[] =>
    (fills.get(t) ?? []).filter((f) => f.service === service && f.cache.id === cache.id);
  const misses = (traces: readonly WalkedTrace[]): number =>
    meanOver(traces, (t) => mine(t).filter((f) => f.spans.length > 0).length);
  const reads = (traces: readonly WalkedTrace[]): number => meanOver(traces, (t) => mine(t).length);
  const ratio = (traces: readonly WalkedTrace[]): number => misses(traces) / Math.max(1e-9, reads(traces));
  const now = ratio(look.incident);
  const was = ratio(look.baseline);
  if (look.hasBaseline ? now - was < RISE : now < RISE) return [];
  const filled = new Map<WalkedTrace, Set<number>>();
  for (const t of [...look.incident, ...look.baseline])
    filled.set(t, new Set(mine(t).flatMap((f) => f.spans)));
  const own = meanByCell(look, (s, t) => filled.get(t)?.has(s.span) ?? false);
  const saving = [...own.values()].reduce((sum, v) => sum + v.incident, 0);
  const hits = (value: number, phase: 'incident' | 'baseline') =>
    numberOf(look, { name: 'cache.slowHitRatio', subject: cache, value: 1 - value, unit: 'ratio', phase });
  const traced = hits(now, 'incident');
  const before = look.hasBaseline ? hits(was, 'baseline') : undefined;
  const perRequest = numberOf(look, {
    name: 'cache.slowMisses',
    subject: cache,
    value: misses(look.incident),
    unit: 'count',
    phase: 'incident',
  });
  const rewrites = rewriteShare(look.cacheWrites, service, 'incident');
  const rewritesBefore = rewriteShare(look.cacheWrites, service, 'baseline');
  // Keys that are written again and again were filled and had left the cache; updates of data did so before as well.
  const repeat =
    rewrites && rewrites.share - (rewritesBefore?.share ?? 0) >= RISE
      ? numberOf(look, {
          name: 'cache.rewrites',
          subject: cache,
          value: rewrites.share,
          unit: 'ratio',
          phase: 'incident',
          n: rewrites.writes,
        })
      : undefined;
  return [
    patternOf(look, {
      kind: 'cache-miss',
      about: cache,
      service,
      claims: new Map([...own].map(([id, v]) => [id, v.incident - v.baseline] as const)),
      saving,
      roles: {
        hitRatio: look.fact('cache.hitRatio', cache, 'incident') ?? traced,
        baselineHitRatio: look.fact('cache.hitRatio', cache, 'baseline') ?? before,
        misses: perRequest,
        repeatMisses: repeat,
      },
      detail: (ms) =>
        say`slow requests of ${name(service)} find ${num(traced, { digits: 2 })} of their look-ups whole in ${name(cache.name)}${before ? say` (${num(before, { digits: 2 })} before)` : ''} and spend ${num(ms)} reading from the store behind it`,
    }),
  ];
}
