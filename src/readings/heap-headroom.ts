import {
  type Context,
  constant,
  type Fact,
  name,
  num,
  type Reading,
  type ReadingEntry,
  say,
  table,
} from '../domain/index.js';
import { bearing, calc, componentOf, reading } from './compose.js';
import { NOW } from './load.js';
import { hasTrait } from './parts.js';

const ROOMY = constant(
  'heap.roomy',
  0.5,
  'ratio',
  'Point of comparison: half of the heap live, where a collection frees as much as it keeps',
);

/** Live heap near its limit: each collection frees little, so collections come often. */
function read(context: Context): Reading[] {
  return full(context).flatMap((f) => ofHeap(context, f));
}

function full(context: Context): Fact[] {
  const pairs = context.facts.every({ name: 'heap.used', phase: NOW }).flatMap((used) => {
    const limit = context.facts.find({ name: 'heap.limit', subject: used.subject });
    return limit && limit.value > 0 && used.value <= limit.value
      ? [
          calc(
            'heap.utilisation',
            used.subject,
            [used.value / limit.value, 'ratio'],
            'heap in use ÷ heap limit',
            [used, limit],
          ),
        ]
      : [];
  });
  const said = context.facts.every({ name: 'memory.utilisation', phase: NOW }).filter((f) => {
    const c = componentOf(context, f.subject);
    return (
      c?.runtime === 'jvm' ||
      c?.runtime === 'dotnet' ||
      c?.runtime === 'nodejs' ||
      (c !== undefined && hasTrait(context, c, 'garbage-collected'))
    );
  });
  return [...pairs, ...said].filter((f) => f.value >= 0.75 && f.value < 1).slice(0, 1);
}

function ofHeap(context: Context, used: Fact): Reading[] {
  const free = calc('heap.free', used.subject, [1 - used.value, 'ratio'], 'all − in use', [used]);
  const often = calc(
    'heap.collections',
    used.subject,
    [(1 - ROOMY.value) / free.value, 'factor'],
    'free at half full ÷ free now',
    [ROOMY, free],
  );
  const component = componentOf(context, used.subject);
  const pause = context.facts.find({ name: ['gc.pause.p99', 'gc.pause.mean'], phase: NOW });
  const because = say`${num(used)} of the heap in use`;
  return reading('heap-headroom', {
    id: used.subject.id,
    topic: 'saturation',
    layer: 'api',
    subject: used.subject,
    headline: say`With ${num(used)} of the heap in use${component ? say` in ${name(component.subject.name)}` : []}, ${num(free)} is left to allocate in before the next collection: collections come ${num(often, { digits: 2 })} as often as with ${num(ROOMY)}${pause ? say`, each of up to ${num(pause)}` : []}, so what is kept alive, not how fast it allocates, is the first question.`,
    arithmetic: [
      table(
        ['Heap in use', '> Free for allocation'],
        [
          [say`${num(used)}`, say`${num(free)}`],
          [say`${num(ROOMY)}`, say`${num(ROOMY)}`],
        ],
      ),
    ],
    assumptions: [
      say`${num(used)} is what is left after a full collection; read before one, it says little.`,
    ],
    bearings: [
      bearing(context, 'gc-pressure', used.subject, 1, because),
      bearing(context, 'memory-leak', used.subject, 0.4, because),
    ],
    weight: 0.72,
  });
}

export default {
  id: 'heap-headroom',
  about: 'How little a nearly full heap leaves to allocate in, and how much oftener it collects for that.',
  read,
} satisfies ReadingEntry;
