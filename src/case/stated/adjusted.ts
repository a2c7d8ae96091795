import type { Claimed } from '../claims.js';
import type { Named } from '../doubts.js';
import type { Quantity } from '../figures/quantity.js';
import type { Frame } from '../frame.js';
import { wordsAround } from './around.js';
import { named } from './measure.js';

/** Meanings that depend on more than the phrase: signs, complements, kinds of things. */
export function adjusted(
  name: string,
  family: string,
  q: Quantity,
  claimed: Claimed,
  frame: Frame,
): Named | undefined {
  if (isOfThings(frame, q)) return { name: 'factor.stated', value: q.value, unit: 'factor' };
  switch (family) {
    case 'miss ratio':
      return {
        ...named(name, q),
        value: 1 - q.value,
        ...(q.interval ? { interval: [1 - q.interval[1], 1 - q.interval[0]] as [number, number] } : {}),
      };
    case 'cost':
    case 'growth': {
      if (q.kind === 'factor') return { name: 'growth.ratio', value: q.value - 1, unit: 'ratio' };
      const lowers =
        /\b(?:reduce|cut|save|saving|savings|lower|decrease|less|cheaper|down|drop|fall|fell|shrink|minus|reduction)\b/.test(
          wordsAround(frame, q.from - 6, 6),
        );
      return q.kind === 'percent'
        ? {
            ...named(name, q),
            value: q.value * (q.signed === -1 || (lowers && q.signed === undefined) ? -1 : 1),
          }
        : named(name, q);
    }
    case 'traffic':
      if (q.kind === 'percent')
        return q.signed !== undefined ||
          /\b(?:grow|grew|growing|growth|increase|increased|up|more)\b/.test(
            `${wordsAround(frame, q.from - 5, 5)} ${wordsAround(frame, q.to, 3)}`,
          )
          ? { ...named('growth.ratio', q), value: q.value * (q.signed ?? 1) }
          : undefined;
      return q.kind === 'factor' ? multiple(q, frame) : named(name, q);
    case 'throughput':
      return q.kind === 'factor' ? multiple(q, frame) : named(name, q);
    case 'payload':
      if (q.kind === 'factor') return { name: 'growth.ratio', value: q.value - 1, unit: 'ratio' };
      if (/^p\d/.test(claimed.statistic?.name ?? '')) return named('bytes.stated', q);
      return named(
        claimed.statistic?.name === 'max' || q.comparator === '<=' || q.comparator === '<'
          ? 'payload.max'
          : name,
        q,
      );
    // "Hikari pool 40 per pod, 31 waiting"
    case 'pool': {
      const state = wordsAround(frame, q.to, 1);
      return name === 'pool.limit' && /^(?:waiting|pending|queued)$/.test(state)
        ? named('pool.pending', q)
        : name === 'pool.limit' &&
            (/^(?:busy|used|active|taken|borrowed)$/.test(state) || wordsAround(frame, q.to, 2) === 'in use')
          ? named('pool.used', q)
          : named(name, q);
    }
    case 'throttling':
      return named(name, q);
    case 'memory':
      // "64 GB RAM" is what is there.
      if (
        q.kind === 'bytes' &&
        /^(?:ram|memory)$/.test(frame.tokens[q.to]?.lower ?? '') &&
        !/\b(?:us\w+|at|takes?|holds?|eats?|consum\w+|grows?|reach\w*|of)\b/.test(
          wordsAround(frame, q.from - 3, 3),
        ) &&
        !/^(?:us\w+|in|of)/.test(wordsAround(frame, q.to + 1, 1))
      )
        return named('memory.limit', q);
      return named(
        q.per !== undefined ||
          q.comparator === '<=' ||
          frame.input === 'architecture' ||
          frame.input === 'constraints'
          ? 'memory.limit'
          : name,
        q,
      );
    case 'heap':
      return named(
        name === 'heap.used' &&
          (frame.input === 'architecture' ||
            frame.input === 'dependencies' ||
            frame.input === 'constraints' ||
            frame.input === 'recent_changes' ||
            q.comparator === '<=')
          ? 'heap.limit'
          : name,
        q,
      );
    case 'errors':
    case 'timeouts':
      return named(name, q);
    case 'retries':
      return q.kind === 'factor' ? perRequest(q) : named(name, q);
    default:
      return named(name, q);
  }
}

/** "the launch doubled the items": of what there is, not of the load. */
const isOfThings = (frame: Frame, q: Quantity): boolean =>
  /^(?:doubled|tripled|quadrupled)$/.test(frame.tokens[q.from]?.lower ?? '') &&
  /^(?:the|our|its|all) (?!traffic|load|requests?|users|volume|orders|rate|calls|queries|events|messages|writes|reads|sessions|visitors)\w/.test(
    wordsAround(frame, q.to, 2),
  );

/** "10x normal traffic", "peaks at 4x" are bursts; "traffic doubled since last year" is growth. */
function multiple(q: Quantity, frame: Frame): Named {
  if (/^(?:slower|faster|longer|worse|shorter|cheaper)/.test(wordsAround(frame, q.to, 1)))
    return { name: 'factor.stated', value: q.value, unit: 'factor' };
  // "4x the event volume of the next largest": beside another, not beside an ordinary time.
  if (
    /^(?:the|as|that|of|any)\b/.test(wordsAround(frame, q.to, 1)) &&
    /\b(?:next|second|other|median|smallest|typical customer|parameters|size|cost|price|width|length|rest)\b/.test(
      wordsAround(frame, q.to, 7),
    )
  )
    return { name: 'factor.stated', value: q.value, unit: 'factor' };
  // "calls are 1.6x the number of postings"
  if (/^(?:the|as) (?:number|count|many)/.test(wordsAround(frame, q.to, 2))) return perRequest(q);
  const word = frame.tokens[q.from]?.lower ?? '';
  if (
    /^(?:more|bigger|larger|as)/.test(wordsAround(frame, q.to, 1)) &&
    !/\b(?:traffic|load|requests|normal|users|volume)\b/.test(wordsAround(frame, q.to, 3))
  )
    return { name: 'growth.ratio', value: q.value - 1, unit: 'ratio' };
  if (word === 'halved') return { name: 'factor.stated', value: q.value, unit: 'factor' };
  if (/^(?:doubled|tripled|quadrupled)$/.test(word))
    return { name: 'growth.ratio', value: q.value - 1, unit: 'ratio' };
  return { name: 'burst.factor', value: q.value, unit: 'factor' };
}

export const perRequest = (q: Quantity): Named => ({
  name: 'calls.perRequest',
  value: q.value,
  unit: 'count',
});
