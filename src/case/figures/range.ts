import { isDash, type Token } from '../tokens.js';
import { SCALE_WORDS } from '../units.js';
import { type Figure, readFigure } from './figure.js';
import { finish } from './finish.js';
import type { Quantity } from './quantity.js';
import { unitAfter } from './unit.js';
import { ONE, word } from './word.js';

/** "2 in 100 users", "1 out of 50": a share written as two counts. */
export function partsOf(tokens: readonly Token[], at: number, first: Figure): Quantity | undefined {
  if (first.unit || first.multiplier !== 1 || first.to !== at + 1) return undefined;
  const link = word(tokens[first.to]);
  const second =
    link === 'in' ? first.to + 1 : link === 'out' && word(tokens[first.to + 1]) === 'of' ? first.to + 2 : 0;
  const whole = second > 0 ? tokens[second] : undefined;
  if (whole?.kind !== 'number' || !ROUND_WHOLE.test(whole.text.replaceAll(',', ''))) return undefined;
  const of = whole.value ?? 0;
  if (first.value >= of || unitAfter(tokens, second + 1)) return undefined;
  return { kind: 'percent', value: first.value / of, ...ONE, from: at, to: second + 1 };
}

const ROUND_WHOLE = /^(?:[1245]?0+|[1-9]0+|[358]|1[26])$/;

/** "2-3 s", "70–75%", "200 to 300 ms", "between 5 and 10 MB". A rise "from A to B" is two quantities. */
export function readRange(tokens: readonly Token[], at: number, first: Figure): Quantity | undefined {
  const link = tokens[first.to];
  const second = first.to + 1;
  if (tokens[second]?.kind !== 'number') return undefined;
  const between = word(tokens[at - 1]) === 'between';
  const dashed = isDash(link) || link?.text === '~';
  const worded = word(link) === 'to' || word(link) === 'or';
  if (!(dashed || (between && word(link) === 'and') || (worded && rangeWords(tokens, at)))) return undefined;
  const b = readFigure(tokens, second);
  if (!b) return undefined;
  const low = first.unit ? first.value * first.unit.scale : scaleLike(first, b) * (b.unit?.scale ?? 1);
  const high = b.value * (b.unit?.scale ?? first.unit?.scale ?? 1);
  const unit = b.unit ?? first.unit;
  if (first.unit && b.unit && first.unit.kind !== b.unit.kind) return undefined;
  if (high < low) return undefined;
  const merged = finish(tokens, at, {
    value: 1,
    multiplier: b.multiplier,
    to: b.to,
    ...(unit ? { unit: { ...unit, scale: 1 } } : {}),
  });
  // finish() may have found a rate with a factor of its own ("2-3k msg/min").
  return {
    ...merged,
    value: ((low + high) / 2) * merged.value,
    interval: [low * merged.value, high * merged.value],
  };
}

/** "3-4k": the multiplier of the second figure holds for the first too, when the first has none. */
function scaleLike(first: Figure, second: Figure): number {
  if (first.letter || !second.letter) return first.value;
  const scale = SCALE_WORDS.get(second.letter) ?? 1;
  return first.value * scale <= second.value ? first.value * scale : first.value;
}

function rangeWords(tokens: readonly Token[], at: number): boolean {
  for (let j = at - 1; j >= 0 && j >= at - 6; j--) {
    const t = tokens[j] as Token;
    if (t.kind === 'break' || t.text === ';') break;
    if (
      /^(from|rose|grew|went|jumped|climbed|dropped|fell|increased|decreased|reduced|raised|up|down|spiked|degraded|moved|changed|cut|bumped)$/.test(
        t.lower,
      )
    ) {
      // "show up on the page 6 to 25 minutes late": a particle far from the figure changes nothing.
      if (/^(?:up|down)$/.test(t.lower) && j < at - 1 && word(tokens[j + 1]) !== 'from') continue;
      return /^(ranges?|ranging|varies|vary|varying|anywhere|somewhere|between)$/.test(word(tokens[j - 1]));
    }
  }
  return true;
}
