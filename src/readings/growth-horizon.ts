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
import { calc, componentOf, reading } from './compose.js';
import { AIM, isWhole, NOW } from './load.js';
import { PLANNING } from './utilisation-at-target.js';

const WORDS: Record<string, string> = {
  'cpu.utilisation': 'CPU',
  'disk.utilisation': 'disk',
  'memory.utilisation': 'memory',
  'connections.utilisation': 'connections',
};
const FULL = constant('full.use', 1, 'ratio', 'Full use: no capacity left');

/** Steady growth against what is left: after how many periods of that growth a resource is full. */
function read(context: Context): Reading[] {
  const growth = context.facts
    .every({ name: 'growth.ratio' })
    .find((f) => f.value > 0 && f.value <= 1 && !AIM.includes(f.phase) && isWhole(context, f.subject));
  if (!growth) return [];
  return context.facts
    .every({
      name: ['cpu.utilisation', 'disk.utilisation', 'memory.utilisation', 'connections.utilisation'],
      phase: NOW,
    })
    .filter((f) => f.value > 0.1 && f.value < 1)
    .sort((a, b) => b.value - a.value)
    .slice(0, 1)
    .flatMap((used) => {
      const periods = (limit: Fact, tag: string): Fact =>
        calc(
          `growth.periods.${tag}`,
          used.subject,
          [Math.max(0, Math.log(limit.value / used.value) / Math.log1p(growth.value)), 'count'],
          'ln(limit ÷ use now) ÷ ln(all + growth)',
          [limit, used, growth],
        );
      const [plan, full] = [periods(PLANNING, 'planning'), periods(FULL, 'full')];
      const component = componentOf(context, used.subject);
      return reading('growth-horizon', {
        id: `${used.name}@${used.subject.id}`,
        topic: 'capacity',
        layer: component?.layer ?? 'infrastructure',
        subject: used.subject,
        headline: say`Growing ${num(growth)} each period, ${WORDS[used.name] ?? 'a resource'} at ${num(used)}${component ? say` in ${name(component.subject.name)}` : []} ${plan.value === 0 ? say`is over the planning ceiling of ${num(PLANNING)} already` : say`reaches the planning ceiling of ${num(PLANNING)} after ${num(plan, { digits: 2 })} periods`} and is full after ${num(full, { digits: 2 })}.`,
        arithmetic: [
          table(
            ['Ceiling', '> Periods of this growth'],
            [
              [say`${num(PLANNING)}`, say`${num(plan, { digits: 2 })}`],
              [say`${num(FULL)}`, say`${num(full, { digits: 2 })}`],
            ],
          ),
        ],
        assumptions: [say`Growth compounds and work a request stays the same.`],
        weight: 0.45,
      });
    });
}

export default {
  id: 'growth-horizon',
  about: 'After how many periods of the stated growth a resource reaches its ceiling.',
  read,
} satisfies ReadingEntry;
