import { COUNT_NOUNS } from '../nouns.js';
import type { Token } from '../tokens.js';
import type { Figure } from './figure.js';
import { looseNoun, nounAfter, withPer } from './noun.js';
import { isMoneyBefore } from './prefix.js';
import type { Quantity } from './quantity.js';
import { rateAfter } from './rate.js';
import { rateWithin } from './rate-within.js';
import { isInstanceType, unitAfter } from './unit.js';

/** Completes a figure: rate, noun, what it is per. */
export function finish(tokens: readonly Token[], at: number, f: Figure): Quantity {
  const base: Quantity = {
    kind: f.unit?.kind ?? 'bare',
    value: f.value * (f.unit?.scale ?? 1),
    unitScale: f.unit?.scale ?? 1,
    multiplier: f.multiplier,
    from: at,
    to: f.to,
    ...(f.unit?.sizeSuffix || f.letter === 'M' || f.letter === 'G' || f.letter === 'K'
      ? { sizeSuffix: true }
      : {}),
  };
  if (base.kind === 'money' || base.kind === 'moneyRate') return base;
  if (base.kind === 'rate') {
    const per = rateAfter(tokens, base.to);
    return withPer(tokens, per && tokens[base.to]?.text === '/' ? { ...base, to: per.to } : base);
  }
  if (base.kind !== 'bare') return withPer(tokens, base);
  // "900/min", "3,100 per second"
  if (isMoneyBefore(tokens, at)) return base;
  // "40 x r5.4xlarge", "8x A10G": machines.
  if (/^[x×]$/.test(tokens[base.to]?.lower ?? '') && isInstanceType(tokens[base.to + 1]))
    return { ...base, noun: 'machine', nounTokens: [base.to + 1, base.to + 2], to: base.to + 2 };
  // "12 x 8 cores": as many machines, each with that.
  if (
    /^[x×]$/.test(tokens[base.to]?.lower ?? '') &&
    tokens[base.to + 1]?.kind === 'number' &&
    /^(?:cores|bytes)$/.test(unitAfter(tokens, base.to + 2)?.kind ?? '')
  )
    return { ...base, noun: 'machine', nounTokens: [base.to, base.to + 1], to: base.to + 1 };
  // "120 m5.2xlarge"
  if (isInstanceType(tokens[base.to]) && /\d[a-z]*\.\w+$/i.test(tokens[base.to]?.text ?? ''))
    return { ...base, noun: 'machine', nounTokens: [base.to, base.to + 1], to: base.to + 1 };
  const direct = rateAfter(tokens, base.to);
  if (direct)
    return withPer(tokens, {
      ...base,
      kind: 'rate',
      value: base.value * direct.scale,
      unitScale: direct.scale,
      to: direct.to,
    });
  const noun = nounAfter(tokens, base.to) ?? looseNoun(tokens, base.to);
  if (!noun) return withPer(tokens, base);
  const rate = rateAfter(tokens, noun.to) ?? rateWithin(tokens, noun.to);
  const named = { noun: noun.noun, nounTokens: [noun.from, noun.to] as const };
  if (rate)
    return withPer(tokens, {
      ...base,
      ...named,
      kind: 'rate',
      value: base.value * rate.scale,
      unitScale: rate.scale,
      to: rate.to,
    });
  return COUNT_NOUNS.has(noun.noun)
    ? withPer(tokens, { ...base, ...named, to: noun.to })
    : withPer(tokens, base);
}
