import {
  type Context,
  type Fact,
  name,
  num,
  type PredictionOutcome,
  type Subject,
  say,
} from '../domain/index.js';
import { before, now } from './evidence.js';
import { absent, facts, seen } from './outcomes.js';
import { type Claim, claimsOf, isMaterial, patternMs, patternsOf } from './patterns.js';
import { caches } from './subjects.js';
import { HIT_FALL, HIT_LOW, same } from './thresholds.js';

/** Patterns of misses; with one cache all of them are its own. */
export const missPatterns = (context: Context, cache: Subject) => {
  const own = patternsOf(context, ['cache-miss', 'stampede'], cache);
  return caches(context).length > 1 ? own : patternsOf(context, ['cache-miss', 'stampede']);
};

/** Hit ratio now and before: from metrics, else from the traces. */
export function hitRatio(context: Context, cache: Subject): { is: Fact; was?: Fact } | undefined {
  const fact = now(context, 'cache.hitRatio', cache);
  const p = missPatterns(context, cache).find((x) => x.facts.hitRatio !== undefined);
  const traced = p?.facts.hitRatio;
  const is = fact?.basis === 'measured' || !traced ? fact : traced;
  if (!is) return undefined;
  const was = is === traced ? p?.facts.baselineHitRatio : before(context, 'cache.hitRatio', cache, is);
  return was ? { is, was } : { is };
}

/** A hit ratio that fell; nothing without one from before. */
export function fell(context: Context, cache: Subject): PredictionOutcome | undefined {
  const h = hitRatio(context, cache);
  if (!h?.was) return undefined;
  const says = say`hit ratio of ${name(cache.name)}: ${num(h.was)} → ${num(h.is)}`;
  return h.was.value - h.is.value >= HIT_FALL.value
    ? seen(says, [h.is, h.was, HIT_FALL])
    : absent(say`${says}, no material fall`, [h.is, h.was, HIT_FALL]);
}

/** A hit ratio that is low in itself; one that was as low before is not what changed. */
export function low(context: Context, cache: Subject): PredictionOutcome | undefined {
  const h = hitRatio(context, cache);
  if (!h) return undefined;
  if (h.was) return fell(context, cache);
  const says = say`hit ratio of ${name(cache.name)}: ${num(h.is)}, against ${num(HIT_LOW)}`;
  return h.is.value < HIT_LOW.value ? seen(says, facts(h.is, HIT_LOW)) : absent(says, facts(h.is, HIT_LOW));
}

/** Time that misses cost on the critical path. */
export function missPath(context: Context, cache: Subject): PredictionOutcome | undefined {
  const patterns = missPatterns(context, cache);
  const best = patterns[0];
  const t = context.telemetry;
  if (!best || !t) return undefined;
  const ms = patterns.reduce((sum, p) => sum + patternMs(context, p), 0);
  return isMaterial(context, ms)
    ? seen(best.detail, [best.saving])
    : absent(say`${best.detail}; too little of ${num(t.excess.incident)}`, [best.saving, t.excess.incident]);
}

/** Evictions are close to none, as a share of look-ups where those are known. */
export function evictsLittle(context: Context, cache: Subject): boolean | undefined {
  const evictions = now(context, 'cache.evictions', cache);
  if (!evictions) return undefined;
  const lookups = now(context, 'cache.requests', cache);
  return lookups && lookups.value > 0 ? evictions.value < 0.01 * lookups.value : evictions.value < 1;
}

/** Entries live shorter than before, by the time to live that was measured or said. */
export function livesShorter(context: Context, cache: Subject): { is: Fact; was: Fact } | undefined {
  const is = now(context, 'ttl', cache);
  const was = is && before(context, 'ttl', cache, is);
  return is && was && same(is) < 0.8 * same(was) ? { is, was } : undefined;
}

/** What misses add: claimed once, by the most particular cause that holds. */
export const missClaims = (context: Context, cache: Subject): Claim[] =>
  claimsOf(context, missPatterns(context, cache));
