import {
  type Component,
  type Context,
  type Fact,
  join,
  name,
  num,
  type Reading,
  type ReadingEntry,
  say,
  type Text,
  table,
} from '../domain/index.js';
import { savingAsked } from './bill-levers.js';
import { calc, reading, wordsNear } from './compose.js';
import { loadPoints, NOW, topLoad } from './load.js';
import { PLANNING } from './utilisation-at-target.js';

const TROUBLE = new Set([
  'tail-latency',
  'latency',
  'cpu-saturation',
  'timeouts',
  'errors',
  'throughput-drop',
  'queue-backlog',
  'connections-exhausted',
  'threads-exhausted',
  'lock-contention',
]);

const NIGHT = /\b(?:at night|nights?|overnight|off-peak|quiet|trough)\b/i;

interface Spare {
  component: Component;
  count: Fact;
  atPeak: Fact;
  needed: Fact;
  less: Fact;
  /** Of the whole bill, where its part was said. */
  saved?: Fact;
  keepsData: boolean;
}

/** Where money is to be saved: what each fleet would need at its peak, and how much of the bill that is. */
function read(context: Context): Reading[] {
  const asked = savingAsked(context);
  if (!asked && !context.symptoms.some((s) => s.kind === 'cost')) return [];
  const spare = context.components.flatMap((c) => spareOf(context, c)).filter((s) => s.less.value > 0.15);
  const calm = !context.symptoms.some((s) => TROUBLE.has(s.kind));
  const first = spare[0];
  if (!first) return [];
  const counted = spare.filter((s) => s.saved !== undefined);
  const sum =
    counted.length > 0
      ? calc(
          'bill.spare',
          context.app,
          [counted.reduce((t, s) => t + (s.saved as Fact).value, 0), 'ratio'],
          'sum of what each fleet saves',
          counted.map((s) => s.saved as Fact),
        )
      : undefined;
  const each = (s: Spare): Text =>
    say`${num(s.count)} → ${num(s.needed)} of ${name(s.component.subject.name)}${s.saved ? say` (${num(s.saved, { digits: 2 })} of the bill)` : []}`;
  const enough = sum && asked && sum.value >= asked.value;
  return reading('idle-capacity', {
    id: context.app.id,
    topic: 'cost',
    subject: context.app,
    headline: say`${calm ? 'Nothing here runs near its limit' : 'Processors are not what is short'}: run at ${num(PLANNING)} at the peak, the same load needs ${join(spare.map(each), ', ')}${sum && asked ? say`; together ${num(sum, { digits: 2 })} of the bill, ${enough ? 'enough for' : 'short of'} the ${num(asked)} asked for` : []}.`,
    arithmetic: [
      table(
        ['Fleet', '> Now', '> Busy at the peak', '> Needed', '> Less', '> Of the bill'],
        spare.map((s): Text[] => [
          say`${name(s.component.subject.name)}`,
          say`${num(s.count)}`,
          say`${num(s.atPeak)}`,
          say`${num(s.needed)}`,
          say`${num(s.less, { digits: 2 })}`,
          s.saved ? say`${num(s.saved, { digits: 2 })}` : say`not said`,
        ]),
      ),
    ],
    assumptions: [
      say`Processor time is what sizes the fleet and cost goes with the count; take away step by step and stop where the p99 moves.`,
      ...spare
        .filter((s) => s.keepsData)
        .map(
          (s) =>
            say`${name(s.component.subject.name)} keeps data: its memory, its disks and one zone lost must fit the smaller count too, and smaller machines may save more than fewer.`,
        ),
      ...(context.constraints.some((c) => /reserv|commit|contract/i.test(c.text))
        ? [say`What is reserved or committed saves nothing before its term ends.`]
        : []),
    ],
    questions: spare
      .filter((s) => s.saved === undefined)
      .slice(0, 2)
      .map((s) => ({
        id: `bill-part/${s.component.subject.id}`,
        question: say`What part of the bill are the ${num(s.count)} of ${name(s.component.subject.name)}, and until when are they committed?`,
        matters: say`${num(s.less, { digits: 2 })} of them are not needed at the peak; that share of their part is what can be saved`,
        weight: 0.8,
      })),
    weight: calm ? 0.94 : 0.45,
  });
}

function spareOf(context: Context, component: Component): Spare[] {
  const { subject } = component;
  const count = context.facts.find({ name: 'instances', subject });
  const used = context.facts
    .every({ name: 'cpu.utilisation', subject, phase: NOW })
    .reduce<Fact | undefined>((a, f) => (a && a.value >= f.value ? a : f), undefined);
  if (!count || !used || count.value < 2 || used.value <= 0) return [];
  const points = loadPoints(context);
  const top = topLoad(points);
  const calm = points.find((p) => p.phase === 'steady' || p.phase === 'any');
  const mean = /\b(?:avg|average|mean)\b/i.test(wordsNear(context, used, 0, 8));
  // The rate of the night is the least of the day, not its mean, which is taken as half-way to the peak.
  const least =
    calm !== undefined && NIGHT.test(`${calm.rate.condition ?? ''} ${wordsNear(context, calm.rate, 0, 12)}`);
  const meanRate =
    top && calm ? (least ? (top.rate.value + calm.rate.value) / 2 : calm.rate.value) : undefined;
  const atPeak =
    mean && top && calm && meanRate !== undefined && top.rate.value > meanRate
      ? calc(
          'cpu.atPeak',
          subject,
          [(used.value * top.rate.value) / meanRate, 'ratio'],
          least
            ? 'average use × peak rate ÷ average rate, half-way between night and peak'
            : 'average use × peak rate ÷ average rate',
          [used, top.rate, calm.rate],
          'peak',
        )
      : used;
  const needed = calc(
    'instances.needed',
    subject,
    [Math.max(2, Math.ceil((count.value * atPeak.value) / PLANNING.value)), 'count'],
    'instances × use at the peak ÷ planning utilisation, rounded up',
    [count, atPeak, PLANNING],
  );
  const less = calc(
    'instances.less',
    subject,
    [1 - needed.value / count.value, 'ratio'],
    'all − needed ÷ now',
    [needed, count],
  );
  const share = context.facts.find({ name: 'cost.share', subject });
  const saved =
    share &&
    calc('bill.saved', subject, [share.value * less.value, 'ratio'], 'part of the bill × less', [
      share,
      less,
    ]);
  return [
    {
      component,
      count,
      atPeak,
      needed,
      less,
      ...(saved ? { saved } : {}),
      keepsData: ['database', 'search', 'cache', 'queue', 'storage'].includes(subject.kind),
    },
  ];
}

export default {
  id: 'idle-capacity',
  about: 'What each fleet needs at its peak, what could go, and how much of the bill that saves.',
  read,
} satisfies ReadingEntry;
