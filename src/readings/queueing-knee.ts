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
import { isWhole, NOW } from './load.js';

const NAMES = ['cpu.utilisation', 'disk.utilisation', 'eventloop.utilisation', 'connections.utilisation'];
const WORDS: Record<string, string> = {
  'cpu.utilisation': 'CPU',
  'disk.utilisation': 'disk',
  'eventloop.utilisation': 'event loop',
  'connections.utilisation': 'connections',
};
const CALM = constant(
  'calm.utilisation',
  0.5,
  'ratio',
  'Point of comparison: half busy, where the mean time in an M/M/1 system is two service times (L. Kleinrock, Queueing Systems I, 1975, eq. 3.26)',
);

/** Queueing at high utilisation: time in system 1/(1 − ρ), and what a little more load brings. */
function read(context: Context): Reading[] {
  return context.facts
    .every({ name: NAMES, phase: NOW })
    .filter((f) => f.value >= 0.75 && f.value < 1)
    .sort((a, b) => b.value - a.value)
    .filter((f, i, all) => all.findIndex((x) => x.subject.id === f.subject.id) === i)
    .slice(0, 2)
    .flatMap((used) => ofResource(context, used));
}

function ofResource(context: Context, used: Fact): Reading[] {
  const stretch = (f: Fact, tag: string): Fact =>
    calc(
      `queueing.stretch.${tag}`,
      used.subject,
      [1 / (1 - f.value), 'factor'],
      'service time ÷ idle share (M/M/1)',
      [f],
    );
  const today = stretch(used, 'now');
  const calm = stretch(CALM, 'calm');
  const room = calc(
    'load.room',
    used.subject,
    [(1 / used.value - 1) / 2, 'ratio'],
    'half of the load left before full use',
    [used],
  );
  const more = calc(
    'utilisation.more',
    used.subject,
    [used.value * (1 + room.value), 'ratio'],
    'utilisation × (all + half of what is left)',
    [used, room],
  );
  const next = stretch(more, 'next');
  const word = WORDS[used.name] ?? 'resource';
  const component = isWhole(context, used.subject) ? undefined : componentOf(context, used.subject);
  const where = component ? say` of ${name(component.subject.name)}` : [];
  const because = say`at ${num(used)} ${word} a single queue stretches work to ${num(today, { digits: 2 })} its own time`;
  return reading('queueing-knee', {
    id: `${used.name}@${used.subject.id}`,
    topic: 'saturation',
    layer: component?.layer ?? 'api',
    subject: used.subject,
    headline: say`At ${num(used)} ${word}${where} every piece of work takes up to ${num(today, { digits: 2 })} its own time through queueing, against ${num(calm)} at ${num(CALM)}; ${num(room, { digits: 2 })} more load makes it ${num(next, { digits: 2 })}, so small bursts decide the tail.`,
    arithmetic: [
      table(
        [`> ${word} busy`, '> Time in system ÷ service time'],
        [
          [say`${num(CALM)}`, say`${num(calm)}`],
          [say`${num(used)}`, say`${num(today, { digits: 2 })}`],
          [say`${num(more)}`, say`${num(next, { digits: 2 })}`],
        ],
      ),
    ],
    assumptions: [
      say`One queue in front of each processor with random arrivals and service times, the worst usual case; processors that share one queue wait less, bursts wait more.`,
    ],
    bearings:
      used.name === 'cpu.utilisation' || used.name === 'eventloop.utilisation'
        ? [bearing(context, 'cpu-saturation', used.subject, 0.5, because)]
        : [],
    weight: used.value >= 0.95 ? 0.86 : used.value >= 0.85 ? 0.62 : 0.45,
  });
}

export default {
  id: 'queueing-knee',
  about:
    'How much a queue at this utilisation stretches each piece of work, and what a little more load adds.',
  read,
} satisfies ReadingEntry;
