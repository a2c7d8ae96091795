import { type Context, num, type Reading, type ReadingEntry, say, table } from '../domain/index.js';
import { bearing, calc, reading } from './compose.js';

/** Parallel work ends with its slowest piece: the longest against the median says how uneven the pieces are. */
function read(context: Context): Reading[] {
  const longest = context.facts.every({ name: 'task.longest' })[0];
  const median = context.facts.every({ name: 'task.median' })[0];
  if (!longest || !median || median.value <= 0 || longest.value < 2 * median.value) return [];
  const over = calc(
    'task.over',
    longest.subject,
    [longest.value / median.value, 'factor'],
    'longest ÷ median',
    [longest, median],
  );
  const hot = context.facts
    .every({ name: ['skew.share', 'ratio.stated'] })
    .find((f) => f.name === 'skew.share' && f.value > 0.02 && f.value < 1);
  const idle = context.facts
    .every({ name: 'ratio.stated' })
    .find((f) => /\b(?:executor|worker|core|slot)s?\b/i.test(f.condition ?? '') && f.value > 0.3);
  const files = context.facts
    .every({ name: 'count.stated' })
    .filter((f) => /files?$/.test(f.condition ?? '') && f.value > 100_000)[0];
  return reading('straggler', {
    id: longest.id,
    topic: 'saturation',
    layer: 'infrastructure',
    subject: longest.subject,
    headline: say`The longest task takes ${num(longest)}, ${num(over, { digits: 2 })} the median of ${num(median)}: the stage ends when it ends, so more machines shorten nothing${idle ? say` (${num(idle)} of them already wait)` : []}${hot ? say`; one key with ${num(hot)} of the rows is such a piece, and only splitting it (a salt in the key, or joining it apart) makes it shorter` : '; split the pieces evenly first'}.`,
    arithmetic: [
      table(
        ['Quantity', '> Value'],
        [
          [say`Longest task`, say`${num(longest)}`],
          [say`Median task`, say`${num(median)}`],
          [say`Longest ÷ median`, say`${num(over)}`],
          ...(hot ? [[say`Rows on the hottest key`, say`${num(hot)}`]] : []),
          ...(files ? [[say`Files to open and list`, say`${num(files)}`]] : []),
        ],
      ),
    ],
    assumptions: [
      say`Tasks of one stage run side by side and do the same work.`,
      ...(files
        ? [
            say`${num(files)} files cost a listing and an open each before a byte is read; writing them together beforehand takes that away.`,
          ]
        : []),
    ],
    bearings: [
      bearing(
        context,
        'uneven-load',
        longest.subject,
        1.2,
        say`the longest task takes ${num(over, { digits: 2 })} the median`,
      ),
    ],
    weight: 0.96,
  });
}

export default {
  id: 'straggler',
  about:
    'How much longer the slowest piece of parallel work takes than the median, and why more machines do not help.',
  read,
} satisfies ReadingEntry;
