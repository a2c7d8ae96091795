import {
  type Context,
  type Fact,
  name,
  num,
  type Reading,
  type ReadingEntry,
  say,
  table,
} from '../domain/index.js';
import { bearing, calc, componentOf, inSeconds, reading, wordsNear } from './compose.js';
import { aimedLoad, loadPoints, NOW, topLoad } from './load.js';

/** Processor time of one piece of work × how many come, against the processors there are (utilisation law). */
function read(context: Context): Reading[] {
  const top = topLoad(loadPoints(context));
  const time = context.facts
    .every({ name: ['latency.mean', 'duration.stated', 'batch.duration'], phase: [...NOW, 'any'] })
    .find(
      (f) => f.value > 0 && inSeconds(f) < 60 && /^\s*(?:of\s+)?(?:cpu|processor)\b/i.test(after(context, f)),
    );
  if (!top || !time) return [];
  const cores = context.facts.every({ name: 'cpu.cores' }).find((f) => f.value > 0);
  const count =
    cores && cores.subject.kind === 'service'
      ? context.facts.find({ name: 'instances', subject: cores.subject })
      : undefined;
  const fleet =
    cores && count && /\b(?:each|per)\b/i.test(wordsNear(context, cores, 12, 10))
      ? calc('cores.all', cores.subject, [cores.value * count.value, 'cores'], 'cores × instances', [
          cores,
          count,
        ])
      : cores;
  const need = (load: Fact): Fact =>
    calc(
      'cores.demand',
      time.subject,
      [load.value * inSeconds(time), 'cores'],
      'rate × processor time of one (utilisation law)',
      [load, time],
      load.phase,
    );
  const aim = aimedLoad(loadPoints(context));
  const now = need(top.rate);
  if (now.value < 1 || !fleet) return [];
  const use = calc(
    'cores.use',
    time.subject,
    [now.value / fleet.value, 'ratio'],
    'cores needed ÷ cores there are',
    [now, fleet],
    top.phase,
  );
  const carries = calc(
    'cores.carry',
    time.subject,
    [fleet.value / inSeconds(time), '1/s'],
    'cores ÷ processor time of one',
    [fleet, time],
  );
  const over = use.value > 1;
  const where = componentOf(context, time.subject)?.subject ?? context.app;
  return reading('processor-demand', {
    id: time.id,
    topic: over ? 'contradiction' : 'saturation',
    layer: 'api',
    subject: where,
    headline: say`${num(time)} of processor time each at ${num(top.rate)} keep ${num(now)} busy, and ${name(where.name)} has ${num(fleet)}: ${over ? say`they carry ${num(carries)} at most, so the queue is there and not behind it, and what waits behind stays idle` : say`${num(use)} of them`}${aim && aim.rate.value > top.rate.value ? say`; ${num(aim.rate)} need ${num(need(aim.rate))}` : []}.`,
    arithmetic: [
      table(
        ['Quantity', '> Value'],
        [
          [say`Processor time of one`, say`${num(time)}`],
          [say`Cores busy at ${num(top.rate)}`, say`${num(now)}`],
          [say`Cores there are`, say`${num(fleet)}`],
          [say`Most they carry`, say`${num(carries)}`],
          ...(aim ? [[say`Cores busy at ${num(aim.rate)}`, say`${num(need(aim.rate))}`]] : []),
        ],
      ),
    ],
    assumptions: [
      say`Every request does that work once, and ${num(fleet)} is all that does it; if each instance has as many, multiply.`,
    ],
    bearings: over
      ? [bearing(context, 'cpu-saturation', where, 1.6, say`${num(now)} needed of ${num(fleet)}`)]
      : [],
    weight: over ? 0.97 : 0.6,
  });
}

const after = (context: Context, f: Fact): string => {
  const place = f.from.find((p) => p.kind === 'input');
  const words = place?.kind === 'input' ? wordsNear(context, f, 0, 14) : '';
  return place?.kind === 'input' ? words.slice(place.text.length) : '';
};

export default {
  id: 'processor-demand',
  about: 'Cores that a stated processor time needs at each load, against the cores there are.',
  read,
} satisfies ReadingEntry;
