import {
  type Context,
  type Fact,
  name,
  num,
  type Reading,
  type ReadingEntry,
  say,
  type Text,
  table,
} from '../domain/index.js';
import { bearing, calc, componentOf, rate, reading } from './compose.js';
import { isWhole, NOW } from './load.js';

/** A job against its window: rows a second now and needed, and how far it is over. */
function read(context: Context): Reading[] {
  return context.facts
    .every({ name: 'batch.duration', phase: NOW })
    .slice(0, 2)
    .flatMap((d) => ofJob(context, d));
}

function ofJob(context: Context, took: Fact): Reading[] {
  const same = (q: Parameters<Context['facts']['find']>[0]): Fact | undefined =>
    isWhole(context, took.subject) ? undefined : context.facts.find({ ...q, subject: took.subject });
  const window = same({ name: 'batch.duration', phase: ['target', 'planned'] });
  const rows = same({ name: 'rows.count', phase: NOW });
  const before = context.facts.find({ name: 'batch.duration', subject: took.subject, phase: 'baseline' });
  if (took.value <= 0 || (!window && !rows && !before)) return [];
  const component = componentOf(context, took.subject);
  const who = component ? name(component.subject.name) : name(took.subject.name);
  const pace = rows
    ? calc('batch.rate', took.subject, [rows.value / took.value, '1/s'], 'rows ÷ duration', [rows, took])
    : undefined;
  const need =
    rows && window
      ? calc('batch.rateNeeded', took.subject, [rows.value / window.value, '1/s'], 'rows ÷ window', [
          rows,
          window,
        ])
      : undefined;
  const off = window
    ? calc('batch.over', took.subject, [took.value / window.value, 'factor'], 'duration ÷ window', [
        took,
        window,
      ])
    : undefined;
  const grown = before
    ? calc('batch.grown', took.subject, [took.value / before.value, 'factor'], 'duration now ÷ before', [
        took,
        before,
      ])
    : undefined;
  const workers = context.facts.find({ name: 'workers', phase: NOW });
  const per =
    pace && workers
      ? calc(
          'batch.rowTime',
          took.subject,
          [(1000 * workers.value) / pace.value, 'ms'],
          'workers ÷ rows a second',
          [workers, pace],
        )
      : pace
        ? calc('batch.rowTime', took.subject, [1000 / pace.value, 'ms'], 'one ÷ rows a second', [pace])
        : undefined;
  const cells: Text[][] = [[say`Duration`, say`${num(took)}`]];
  if (before) cells.push([say`Before`, say`${num(before)}`]);
  if (window) cells.push([say`Window`, say`${num(window)}`]);
  if (rows) cells.push([say`Rows`, say`${num(rows)}`]);
  if (pace) cells.push([say`Rows a second`, say`${rate(pace)}`]);
  if (need) cells.push([say`Needed`, say`${rate(need)}`]);
  if (per)
    cells.push([say`Time for a row${workers ? say` of one worker` : []}`, say`${num(per, { digits: 2 })}`]);
  const over = off !== undefined && off.value > 1;
  return reading('batch-window', {
    id: took.subject.id,
    topic: 'capacity',
    layer: component?.layer ?? 'api',
    subject: took.subject,
    headline: say`${who} takes ${num(took)}${window && off ? (over ? say` and has ${num(window)}: ${num(off, { digits: 2 })} too long` : say`, within its ${num(window)}`) : []}${pace && per ? say`; ${rate(pace)} is ${num(per, { digits: 2 })} for a row${workers ? say` of each of ${num(workers)} workers` : []}${need && over ? say`, and ${rate(need)} would fit` : []}` : []}${grown && before ? say`; it took ${num(before)} before, ${num(grown, { digits: 2 })} less` : []}.`,
    arithmetic: [table(['Quantity', '> Value'], cells)],
    assumptions: [
      say`Time grows in proportion to the rows; a statement for each row would show as the time of one round trip.`,
    ],
    bearings:
      per && per.value > 0.5 && per.value < 50
        ? [
            bearing(
              context,
              'n-plus-one',
              took.subject,
              0.4,
              say`${num(per, { digits: 2 })} a row, about one round trip each`,
            ),
          ]
        : [],
    weight: over ? 0.8 : 0.45,
  });
}

export default {
  id: 'batch-window',
  about: 'A job against its window: rows a second now and needed, and the time each row takes.',
  read,
} satisfies ReadingEntry;
