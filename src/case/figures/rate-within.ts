import type { Token } from '../tokens.js';
import { unitAfter } from './unit.js';
import { word } from './word.js';

/** A count over a longer span is the size of a job, not a rate. */
const LONGEST_BURST_SECONDS = 3600;

/** "6M votes in 5 minutes": a count over a span is a rate. */
export function rateWithin(tokens: readonly Token[], i: number): { scale: number; to: number } | undefined {
  if (!/^(?:in|within|over)$/.test(word(tokens[i]))) return undefined;
  const at = /^(?:the|about|around|under|only|just|~)$/.test(tokens[i + 1]?.lower ?? '') ? i + 2 : i + 1;
  const n = tokens[at];
  if (n?.kind !== 'number' || !n.value) return undefined;
  const unit = unitAfter(tokens, at + 1);
  if (unit?.kind !== 'duration' || n.value * unit.scale > LONGEST_BURST_SECONDS) return undefined;
  return { scale: 1 / (n.value * unit.scale), to: unit.to };
}
