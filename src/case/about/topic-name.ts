import type { Quantity } from '../figures/quantity.js';
import { NAME_TAIL, nameToken } from './name-words.js';
import { made } from './named.js';
import type { About, Scene } from './scene.js';

/** "seat map response got 3x bigger (now 450 KB)": the name stands before the parenthesis. */
export function nameOutside(scene: Scene, q: Quantity): { from: number; to: number } | undefined {
  const open = scene.frame.opens[scene.frame.group[q.from] ?? 0] ?? -1;
  if (open <= 0 || q.from - open > 4) return undefined;
  let end = open;
  const segment = scene.frame.segment[open - 1];
  // Back over figures and verbs to the start of the clause, then the name is its first words.
  while (end > 0 && open - end < 12 && scene.frame.segment[end - 1] === segment) end--;
  let to = end;
  while (
    to < open &&
    to - end < 6 &&
    (nameToken(scene, to) || (to > end && scene.frame.tokens[to]?.text === '-'))
  )
    to++;
  return to > end ? { from: end, to } : undefined;
}

/** "search: p50 60ms, p95 900ms" where "search" is no listed part. */
export function topicName(scene: Scene, q: Quantity): About | undefined {
  const { frame, mentions } = scene;
  if (!/metrics$/.test(frame.input)) return undefined;
  let start = q.from;
  while (start > 0 && frame.sentence[start - 1] === frame.sentence[q.from] && q.from - start < 60) start--;
  let from = start;
  while (frame.tokens[from]?.kind === 'symbol' && from < start + 3) from++;
  let to = from;
  while (
    to < frame.tokens.length &&
    to - from < 7 &&
    (nameToken(scene, to) || frame.tokens[to]?.text === '-' || NAME_TAIL.test(frame.tokens[to]?.lower ?? ''))
  )
    to++;
  if (to === from || frame.tokens[to]?.text !== ':' || to >= q.from) return undefined;
  if (mentions.some((m) => m.from < to && m.to > from)) return undefined;
  return made(scene, { from, to });
}
