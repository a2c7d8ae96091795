import type { Quantity } from '../figures/quantity.js';
import type { Frame } from '../frame.js';
import { wordsAround } from './around.js';

/** Pieces of batch work: "longest task 41 min", "median task 38 s", "average batch size 1.8", "max batch 16". */
export function workName(frame: Frame, q: Quantity): string | undefined {
  // "Sidekiq (8 processes, concurrency 25)": threads of each process.
  if (
    q.kind === 'bare' &&
    /^concurrency$/.test(frame.tokens[q.from - 1]?.lower ?? '') &&
    frame.quantities.some(
      (x) =>
        x.to <= q.from &&
        q.from - x.to < 5 &&
        /^process(?:es)?$/.test(x.noun ?? '') &&
        frame.sentence[x.from] === frame.sentence[q.from],
    )
  )
    return 'threads.limit';
  const before = wordsAround(frame, q.from - 6, 6);
  // "slowest task 70 min while the median is 4 min"
  if (
    q.kind === 'duration' &&
    /\b(?:median|typical)(?: is| was| of)?$/.test(before) &&
    /\b(?:longest|slowest|max|one|a single|last) (?:\w+ )?(?:task|partition|split|stage)/.test(
      wordsAround(frame, q.from - 16, 16),
    )
  )
    return 'task.median';
  // "one task runs 52 minutes while the median is 90 s"
  if (
    q.kind === 'duration' &&
    /\b(?:one|a single|last|slowest|longest) (?:\w+ )?(?:task|partition|split)(?: alone)? (?:runs|takes|took|needs|ran|lasts)(?: for)?$/.test(
      before,
    ) &&
    /\bmedian\b/.test(wordsAround(frame, q.to, 8))
  )
    return 'task.longest';
  if (q.kind === 'duration' && /\b(?:task|stage|partition|split|chunk)$/.test(before))
    return /\b(?:longest|slowest|max)\b/.test(before)
      ? 'task.longest'
      : /\b(?:median|typical|p50)\b/.test(before)
        ? 'task.median'
        : undefined;
  if (
    q.kind === 'bare' &&
    q.noun === undefined &&
    /\bbatch(?:es)?(?: size)?(?: of)?(?: up to)?$/.test(before)
  )
    return /\b(?:max|maximum|largest|up to)\b/.test(before) ? 'batch.sizeMost' : 'batch.size';
  return undefined;
}

/** "10x within 30 seconds": how fast a multiple is reached. */
export const endsRamp = (frame: Frame, q: Quantity): boolean =>
  frame.quantities.some(
    (f) =>
      f.kind === 'factor' &&
      f.to <= q.from &&
      q.from - f.to <= 2 &&
      /^(?:within|in)$/.test(wordsAround(frame, f.to, q.from - f.to + 1).split(' ')[0] ?? ''),
  );

/** "burst of 26,000 msgs/s for 70 s": how long the rate is kept up. */
export const keepsUp = (frame: Frame, q: Quantity): boolean =>
  /^(?:for|over)$/.test(frame.tokens[q.from - 1]?.lower ?? '') &&
  frame.quantities.some((r) => r.kind === 'rate' && r.to <= q.from - 1 && q.from - r.to <= 3) &&
  /\b(?:bursts?|peaks?|spikes?|surges?)\b/.test(wordsAround(frame, q.from - 10, 10));
