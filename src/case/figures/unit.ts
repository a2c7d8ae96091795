import { COUNT_NOUNS } from '../nouns.js';
import { glued, type Token } from '../tokens.js';
import { UNIT_WORDS } from '../units.js';
import { nounAfter } from './noun.js';
import type { QuantityKind } from './quantity.js';
import { rateAfter } from './rate.js';
import { word } from './word.js';

export interface UnitRead {
  kind: QuantityKind;
  scale: number;
  to: number;
  sizeSuffix?: boolean;
}

const GLUED_ONLY = new Set(['b', 'w', 'y', 'd', 'g', 'ki', 'mi', 'gi', 'ti']);

/** A unit that starts at token i, or undefined. */
export function unitAfter(tokens: readonly Token[], i: number): UnitRead | undefined {
  let at = i;
  const dash = tokens[at];
  // "30-second", "16-core"
  if (
    dash?.text === '-' &&
    glued(tokens[at - 1], dash) &&
    glued(dash, tokens[at + 1]) &&
    tokens[at + 1]?.kind === 'word'
  )
    at++;
  const t = tokens[at];
  if (!t) return undefined;
  const tight = at > i || glued(tokens[at - 1], t);
  if (t.text === '%') return { kind: 'percent', scale: 0.01, to: at + 1 };
  // "12 × A10G", "4 × 8 cores" count machines.
  if (t.text === '×' && (isInstanceType(tokens[at + 1]) || tokens[at + 1]?.kind === 'number'))
    return undefined;
  if (t.text === '×') return { kind: 'factor', scale: 1, to: at + 1 };
  if (t.lower === 'per' && word(tokens[at + 1]) === 'cent')
    return { kind: 'percent', scale: 0.01, to: at + 2 };
  if (t.text === '$' || t.text === '€' || t.text === '£') return tight ? money(tokens, at + 1) : undefined;
  if (t.kind !== 'word') return undefined;
  if (/^(usd|eur|gbp|dollars?|euros?|chf)$/.test(t.lower)) return money(tokens, at + 1);
  if ((t.lower === 'g' || t.text === 'T') && tight && !COUNT_NOUNS.has(word(tokens[at + 1])))
    return { kind: 'bytes', scale: t.lower === 'g' ? 1e9 : 1e12, to: at + 1, sizeSuffix: true };
  const unit = UNIT_WORDS.get(t.lower);
  if (!unit) return undefined;
  // "3D", "5S": single letters of time are written small.
  if (unit.kind === 'duration' && t.text.length === 1 && t.text !== t.lower) return undefined;
  if (t.text === 'B' && isPlainBytes(tokens, at)) return { kind: 'bytes', scale: 1, to: at + 1 };
  if (GLUED_ONLY.has(t.lower) && !tight) return undefined;
  // "5m rows", "2m users" are millions; "3B events" are billions; "500m CPU" is half a core.
  if (t.lower === 'm' && nounAfter(tokens, at + 1)) return undefined;
  if (t.text === 'M' || t.text === 'B') return undefined;
  if (t.lower === 'm' && /^(cpus?|cores?|vcpus?)$/.test(word(tokens[at + 1])))
    return { kind: 'cores', scale: 1e-3, to: at + 2 };
  if (t.lower === 'x' && (tokens[at + 1]?.kind === 'number' || isInstanceType(tokens[at + 1])))
    return undefined;
  if (/^(cpus?)$/.test(t.lower) && tokens[at + 1]?.text === '%') return undefined;
  if (t.lower === 'times' && /^(out|outs|a|per)$/.test(word(tokens[at + 1]))) return undefined;
  // "7.8 Gbit/s": a rate by its own name, with or without its stroke.
  if (unit.kind === 'byteRate' && /bits?$/.test(t.lower)) {
    const rate = rateAfter(tokens, at + 1);
    return { kind: 'byteRate', scale: unit.scale * (rate?.scale ?? 1), to: rate?.to ?? at + 1 };
  }
  if (unit.kind === 'bytes' || unit.kind === 'byteRate') {
    const rate = rateAfter(tokens, at + 1);
    if (rate && unit.kind === 'bytes')
      return {
        kind: 'byteRate',
        scale:
          (t.text.endsWith('b') && t.text !== 'mb' && t.text !== 'kb' && t.text !== 'gb' ? 1 / 8 : 1) *
          unit.scale *
          rate.scale,
        to: rate.to,
      };
  }
  return { kind: unit.kind, scale: unit.scale, to: at + 1 };
}

/** "from 700 B to 1.9 KB": beside a size in larger units, a B is a byte and no billion. */
export const isPlainBytes = (tokens: readonly Token[], at: number): boolean =>
  tokens
    .slice(at + 1, at + 6)
    .concat(tokens.slice(Math.max(0, at - 6), at))
    .some((t) => /^[KMG]i?B$|^kB$/.test(t.text)) ||
  /^(?:sizes?|body|bodies|responses?|avg|average|payloads?|messages?|records?|items?|events?|keys?|values?|rows?|packets?)$/.test(
    word(tokens[at - 2]),
  );

export const isInstanceType = (t: Token | undefined): boolean =>
  t?.kind === 'word' &&
  (/^(?:db\.|cache\.)?[a-z]{1,3}\d[a-z]{0,3}\.\w+$/.test(t.lower) ||
    /^[A-Z]{1,3}\d{1,4}[A-Z]{0,2}$/.test(t.text) ||
    // P2v3, D8s_v5, E16ds_v5
    /^[A-Z]{1,2}\d{1,3}[a-z]{0,3}(?:_?v\d)$/.test(t.text));

/** After an amount of money: "/month", "per month", "a month", "monthly". */
export function money(tokens: readonly Token[], i: number): UnitRead {
  const rate = rateAfter(tokens, i);
  if (rate) return { kind: 'moneyRate', scale: rate.scale * 30 * 86_400, to: rate.to };
  if (word(tokens[i]) === 'monthly') return { kind: 'moneyRate', scale: 1, to: i + 1 };
  return { kind: 'money', scale: 1, to: i };
}
