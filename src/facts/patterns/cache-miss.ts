import { name, num, type Subject, say } from '../../domain/index.js';
import { attributeOf } from '../attributes.js';
import { rewriteShare } from '../cache-writes.js';
import type { WalkedTrace } from '../sections.js';
import { isCacheWrite, isRead, isTransactionControl, storeOf } from '../span-kind.js';
import { childrenOf, spanAt } from '../traces.js';
import { meanByCell, meanOver, numberOf, type PatternFinder, type PatternLook, patternOf } from './look.js';

/** Rise of the share of look-ups followed by a read of the store from which misses count as more than before. */
const RISE = 0.05;

interface Fill {
  service: string;
  cache: Subject;
  read: number;
  /** Spans that the miss made necessary: waits, statements, the write back. */
  spans: number[];
}

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

/** The look-ups of a request, each with the fill that follows it, if one does. */
function fillsOf(t: WalkedTrace): Fill[] {
  const parents = new Set<number>();
  t.spans.forEach((s, row) => {
    if (s.role === 'cache') parents.add(t.tree.parent[row] as number);
  });
  return [...parents].filter((p) => p >= 0).flatMap((p) => fillsUnder(t, childrenOf(t.tree, p)));
}

function fillsUnder(t: WalkedTrace, children: readonly number[]): Fill[] {
  const fills: Fill[] = [];
  let open: Fill | undefined;
  let sawStore = false;
  for (const row of children) {
    const s = spanAt(t, row);
    const operation = attributeOf(s.attributes, 'dbOperation') ?? s.name;
    if (s.role === 'cache') {
      if (isRead(s.statement, operation)) {
        open = {
          service: s.service,
          cache: storeOf('cache', s.attributes, s.statement),
          read: row,
          spans: [],
        };
        fills.push(open);
        sawStore = false;
      } else if (open && sawStore && isCacheWrite(s.statement, operation)) open.spans.push(row);
      else open = undefined;
    } else if (!open) continue;
    else if (s.role === 'pool' || s.role === 'connect') {
      if (!openFor(open, sawStore, t)) open = undefined;
      else open.spans.push(row);
    } else if (
      s.role === 'database' &&
      isRead(s.statement, operation) &&
      !isTransactionControl(s.statement)
    ) {
      open.spans.push(row);
      sawStore = true;
    } else if (s.role !== 'inside') open = undefined;
  }
  // A wait for a connection alone, with no read after it, is no fill.
  for (const f of fills) if (!f.spans.some((row) => spanAt(t, row).role === 'database')) f.spans = [];
  return fills;
}

/** After the write back the fill is over: what comes then is something else. */
const openFor = (fill: Fill, sawStore: boolean, t: WalkedTrace): boolean =>
  !sawStore || !fill.spans.some((row) => spanAt(t, row).role === 'cache');
