import type { Claimed } from '../claims.js';
import type { Quantity } from '../figures/quantity.js';
import type { Frame } from '../frame.js';
import { COUNT_NOUNS } from '../nouns.js';
import { STOP } from '../words.js';

/** A setting written as in a file right before the figure: `max.poll.records`, `CONN_MAX_AGE`. */
export function settingOf(frame: Frame, q: Quantity): { text: string; token: number } | undefined {
  for (let i = q.from - 1; i >= 0 && i > q.from - 7 && frame.sentence[i] === frame.sentence[q.from]; i--) {
    const t = frame.tokens[i];
    if (t?.kind === 'number' || SETTING_LINK.test(t?.lower ?? '')) continue;
    if (t?.kind !== 'word') return undefined;
    const isSetting =
      t.text.includes('_') || t.text.split('.').length > 2 || /^[a-z]{2,}(?:[A-Z][a-z]+)+$/.test(t.text);
    return isSetting ? { text: t.text, token: i } : undefined;
  }
  return undefined;
}

const SETTING_LINK =
  /^(?:set|to|=|:|from|is|was|of|at|raised|lowered|increased|reduced|changed|bumped|now|->|→|=>|went|dropped|cut|`|"|'|s|ms|min|h|up|down)$/;

/** "goroutines per pod ~14k", "bursts of 200k": what is counted stands before the figure. */
export function countedBefore(frame: Frame, q: Quantity): string | undefined {
  const home = frame.segment[q.from];
  let end: number | undefined;
  for (let i = q.from - 1; i >= 0 && i >= q.from - 6 && frame.segment[i] === home; i--) {
    const t = frame.tokens[i];
    if (t?.kind !== 'word') continue;
    end ??= i + 1;
    if (frame.tokens[i - 1]?.lower === 'per') {
      i--;
      continue;
    }
    if (
      COUNT_NOUNS.has(t.lower) ||
      /^(?:bursts?|batch(?:es)?|backlog|size|team|group|number|count|limit)$/.test(t.lower)
    )
      return frame.text.slice(t.start, frame.tokens[end - 1]?.end).replace(/\s+/g, ' ');
  }
  return undefined;
}

/** What a figure without a name of its own is called: its setting, its noun, the words of its phrase. */
export function labelOf(frame: Frame, q: Quantity, claimed: Claimed, name: string): string | undefined {
  if (!name.endsWith('.stated') && !name.startsWith('payload.')) return undefined;
  const text = (from: number, to: number): string =>
    frame.text.slice(frame.tokens[from]?.start, frame.tokens[to - 1]?.end).replace(/\s+/g, ' ');
  if (name.startsWith('payload.')) {
    const c = claimed.claim;
    const words = c && frame.segment[c.from] === frame.segment[q.from] ? text(c.from, c.to) : undefined;
    return words && !/^(?:payloads?|payload size|body|bodies)$/i.test(words) ? words : undefined;
  }
  const setting = settingOf(frame, q);
  if (setting !== undefined) return setting.text;
  const claim = claimed.claim;
  if (claim && frame.segment[claim.from] === frame.segment[q.from] && claim.to <= q.from)
    return text(claim.from, claim.to);
  if (q.nounTokens) return text(...q.nounTokens);
  const unit = frame.tokens[q.to - 1];
  if (q.kind === 'rate' && unit?.kind === 'word' && /^[a-z]cus?$/i.test(unit.text)) return unit.text;
  if (claim && claim.family.id !== 'traffic' && frame.segment[claim.from] === frame.segment[q.from])
    return text(claim.from, claim.to);
  const counted = countedBefore(frame, q);
  if (counted !== undefined) return counted;
  // The nearest content words on the left.
  let to = q.from;
  while (
    to > 0 &&
    q.from - to < 5 &&
    frame.segment[to - 1] === frame.segment[q.from] &&
    !isContent(frame, to - 1)
  )
    to--;
  let from = to;
  while (
    from > 0 &&
    to - from < 3 &&
    frame.segment[from - 1] === frame.segment[q.from] &&
    isContent(frame, from - 1)
  )
    from--;
  return from < to ? text(from, to) : undefined;
}

const isContent = (frame: Frame, i: number): boolean => {
  const t = frame.tokens[i];
  return t?.kind === 'word' && !STOP.has(t.lower);
};
