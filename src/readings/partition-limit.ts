import {
  type Component,
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
import { bearing, calc, rate, reading, whole } from './compose.js';
import { type LoadPoint, loadPoints } from './load.js';
import { hotBase } from './skew.js';

/** A partition of a provisioned store has a ceiling of its own: a hot key meets it long before the table does. */
function read(context: Context): Reading[] {
  const points = loadPoints(context);
  const goal = points[points.length - 1];
  return goal
    ? context.components
        .filter((c) => c.subject.kind === 'database' && c.product !== undefined)
        .flatMap((c) => ofStore(context, c, goal, points))
    : [];
}

function ofStore(
  context: Context,
  store: Component,
  goal: LoadPoint,
  points: readonly LoadPoint[],
): Reading[] {
  const known = (key: string): Fact | undefined =>
    context.knowledge.fact(store.product as string, key, store.version);
  const ceiling = known('partition.writeLimit');
  const unit = known('capacity.writeUnit');
  const skew = context.facts.every({ name: 'skew.share' }).find((f) => f.value > 0 && f.value < 1);
  const size = context.facts.find({ name: 'payload.mean' });
  if (!ceiling || !unit) return [];
  const units = calc(
    'writeUnits.perItem',
    store.subject,
    [size ? Math.ceil(size.value / unit.value) : 1, 'count'],
    'item size ÷ bytes of a write unit, rounded up',
    [unit, ...(size ? [size] : [])],
  );
  const most = calc(
    'partition.writes',
    store.subject,
    [ceiling.value / units.value, '1/s'],
    'write units of a partition ÷ units of an item',
    [ceiling, units],
  );
  const waste =
    size && units.value > 1 && size.value < 1.35 * unit.value * (units.value - 1) ? size : undefined;
  const hotAt = (p: LoadPoint): Fact | undefined => {
    if (!skew) return undefined;
    const base = hotBase(context, skew, p);
    return calc(
      'partition.hotWrites',
      store.subject,
      [base.value * skew.value, '1/s'],
      'writes a second × share of the hottest key',
      [base, skew],
      p.phase,
    );
  };
  const hot = hotAt(goal);
  const over = hot && hot.value > 1.02 * most.value;
  const factor = hot
    ? calc(
        'partition.over',
        store.subject,
        [hot.value / most.value, 'factor'],
        'writes of the hottest key ÷ writes a partition takes',
        [hot, most],
        goal.phase,
      )
    : undefined;
  const parts =
    hot && over
      ? calc(
          'partition.keysNeeded',
          store.subject,
          [Math.ceil(hot.value / most.value), 'count'],
          'rounded up',
          [hot, most],
          goal.phase,
        )
      : undefined;
  const least =
    !hot && goal.rate.value > most.value
      ? calc(
          'partition.keysLeast',
          store.subject,
          [Math.ceil(goal.rate.value / most.value), 'count'],
          'rate ÷ writes a partition takes, rounded up',
          [goal.rate, most],
          goal.phase,
        )
      : undefined;
  const because = hot
    ? say`${rate(hot)} on one key, ${rate(most)} for a partition`
    : say`a partition takes ${rate(most)}`;
  return reading('partition-limit', {
    id: store.subject.id,
    topic: 'database',
    layer: 'database',
    subject: store.subject,
    headline:
      hot && factor && over && parts && skew
        ? say`The hottest key of ${name(store.subject.name)} gets ${rate(hot)} at ${num(goal.rate)} (${num(skew)} of its kind), ${num(factor, { digits: 2 })} the ${rate(most)} that one partition takes${size ? say` at ${num(units)} write units for ${num(size)}` : []}: it is throttled whatever is provisioned for the table, until it is spread over at least ${whole(parts)} keys.`
        : say`One partition of ${name(store.subject.name)} takes ${rate(most)}${size ? say` at ${num(units)} write units for an item of ${num(size)}` : []}, whatever is provisioned for the table${hot ? say`; its hottest key gets ${rate(hot)}` : least ? say`: if each of the ${num(goal.rate)} writes, they must spread over at least ${whole(least)} keys of equal weight, and a counter for each of a few candidates, products or accounts does not` : ': any key above that is throttled'}.`,
    arithmetic: [
      table(
        ['Quantity', '> Value'],
        [
          [say`Write units of a partition, a second`, say`${num(ceiling)}`],
          ...(size ? [[say`Item`, say`${num(size)}`]] : []),
          [say`Write units for an item`, say`${num(units)}`],
          [say`Writes a partition takes`, say`${rate(most)}`],
          ...points.flatMap((p): Text[][] => {
            const h = hotAt(p);
            return h ? [[say`Writes of the hottest key at ${num(p.rate)}`, say`${rate(h)}`]] : [];
          }),
        ],
      ),
    ],
    assumptions: [
      say`The key that decides the partition is the hot one itself.`,
      ...(waste
        ? [
            say`${num(waste)} is little over a whole number of units of ${num(unit)}: trimming it saves ${num(calc('writeUnits.saved', store.subject, [1 / units.value, 'ratio'], 'one unit ÷ units of an item', [units]))} of all write units.`,
          ]
        : []),
    ],
    bearings: over ? [bearing(context, 'hot-partition', store.subject, 2, because)] : [],
    weight:
      least && context.symptoms.some((x) => x.kind === 'planned-load' || x.kind === 'hot-key')
        ? 0.86
        : over
          ? 0.95
          : hot
            ? 0.5
            : 0.35,
  });
}

export default {
  id: 'partition-limit',
  about: 'The ceiling of one partition of a provisioned store against what its hottest key gets.',
  read,
} satisfies ReadingEntry;
