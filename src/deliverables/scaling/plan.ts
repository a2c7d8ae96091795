import { capacityPlan, WITHIN_LIMIT } from '../../capacity/plan.js';
import { todayOf } from '../../capacity/today.js';
import {
  type Block,
  type Context,
  constant,
  type Fact,
  heading,
  name,
  num,
  paragraph,
  say,
  type Text,
  table,
} from '../../domain/index.js';
import { calc } from '../../readings/compose.js';
import { aimedLoad, loadPoints } from '../../readings/load.js';
import { PLANNING } from '../../remedies/design/arithmetic.js';
import { WEEK } from '../../remedies/design/chosen.js';
import { costLimit } from '../../remedies/design/scene.js';
import { mayHold, type OpenResult, partsOf } from '../parts.js';
import { sizeOf } from './prescale.js';

const SHARE = constant(
  'cost.tierShare',
  0.5,
  'ratio',
  'Kneepoint: a stand-in for the service’s part of the bill until it is said',
);
const HOURS = constant(
  'cost.peakHours',
  10,
  'count',
  'Kneepoint: a stand-in for the hours a week at the peak until they are said',
);

/** Ways to carry the load asked for, with what each costs under the limit. */
export function capacityBlocks(result: OpenResult, context: Context): Block[] {
  const parts = partsOf(result, context);
  const { growth } = sizeOf(parts);
  const limit = costLimit(context);
  if (!growth || !limit) return [];
  const extra = growth.value - 1;
  const always = change(context, 'cost.always', extra * SHARE.value, 'extra capacity × share of the bill', [
    growth,
    SHARE,
  ]);
  const hourly = change(
    context,
    'cost.hourly',
    (extra * SHARE.value * HOURS.value) / WEEK.value,
    'extra capacity × share of the bill × hours at the peak ÷ hours of a week',
    [growth, SHARE, HOURS, WEEK],
  );
  const cut = change(
    context,
    'cost.cut',
    1 - 1 / growth.value,
    'work a request that would have to go for today’s capacity to do: all − 1 ÷ growth',
    [growth],
  );
  const within = withinLimit(context, growth, limit);
  const database = parts.database;
  const full = mayHold(parts, 'connection-limit', 'pool-exhausted', 'slow-statement');
  const verdict = (f: Fact): Text => (f.value > limit.value ? say`breaks the limit` : say`fits`);
  const rows: Text[][] = [
    [
      say`the changes of section 4`,
      say`none`,
      say`each request costs less; ${num(cut)} less work a request and today’s capacity does`,
      say`first`,
    ],
    [
      say`${num(growth)} the instances, at the peak only`,
      say`+${num(hourly)}`,
      say`${num(PLANNING)} busy`,
      verdict(hourly),
    ],
    [say`the same, always on`, say`+${num(always)}`, say`the same, mostly idle`, verdict(always)],
    ...(within
      ? [
          [
            say`+${num(limit)} of instances, always on`,
            say`up to +${num(limit)}`,
            say`with ${num(within.calm)} less work a request ${num(PLANNING)} busy`,
            say`fits with the cut only`,
          ],
        ]
      : []),
    ...(database && full
      ? [
          [
            say`a larger ${name(database.subject.name)}`,
            say`its next size, all week`,
            say`hides how long ${name(database.subject.name)} is held`,
            say`last`,
          ],
        ]
      : []),
    ...(parts.cache
      ? [
          [
            say`more nodes of ${name(parts.cache.subject.name)}`,
            say`a node, all week`,
            say`nothing for one hot key`,
            say`only when full`,
          ],
        ]
      : []),
  ];
  return [
    heading(say`Ways to carry it, under ${limit.comparator === '<' ? 'less than ' : ''}+${num(limit)}`),
    ...(within ? [paragraph(within.says)] : []),
    table(['Way', '> Bill', 'Brings', 'Verdict'], rows),
    paragraph(
      say`The bill’s split was not said: ${num(SHARE)} for the instances of ${name(parts.app)} and ${num(HOURS)} hours a week at the peak stand in; both scale the figures in proportion.`,
    ),
  ];
}

/**
 * What always-on capacity within the cost limit leaves to be cut from the work of a request: to run calmly, to keep up at all, and
 * for the objective by every reading of the queue. Nothing where that capacity suffices.
 */
function withinLimit(context: Context, growth: Fact, limit: Fact): { calm: Fact; says: Text } | undefined {
  const calm = 1 - (1 + limit.value) / growth.value;
  if (calm <= 0) return undefined;
  const cutCalm = change(context, 'demand.cutWithinLimit', calm, 'all − (1 + cost limit) ÷ capacity needed', [
    growth,
    limit,
  ]);
  const bare = 1 - (1 + limit.value) / (growth.value * PLANNING.value);
  const cutBare = change(
    context,
    'demand.cutToKeepUpWithinLimit',
    Math.max(0, bare),
    'all − (1 + cost limit) ÷ (capacity needed × planning utilisation)',
    [growth, limit, PLANNING],
  );
  const today = todayOf(context);
  const cut =
    today.costLimit === limit.value
      ? capacityPlan(today, {}, { zones: 1 }).ways.find((w) => w.name === WITHIN_LIMIT)?.cut
      : undefined;
  const goal = context.facts.find({ name: 'latency.p99', phase: 'target' });
  const asked = aimedLoad(loadPoints(context))?.rate;
  const by = (name: string, value: number): Fact =>
    change(context, name, value, 'work at which p99 by M/M/c (1, 4, 16 and 64 servers) keeps the objective', [
      growth,
      limit,
      ...(goal ? [goal] : []),
    ]);
  const objective =
    cut && goal && cut.high > 0
      ? say` For p99 under ${num(goal)} it takes ${num(by('demand.cutForObjective.least', cut.low))} to ${num(by('demand.cutForObjective.most', cut.high))}, by the queues that the figures allow.`
      : [];
  return {
    calm: cutCalm,
    says: say`${asked ? say`${num(asked)} within +${num(limit)}, always on` : say`Within +${num(limit)}, always on`}: not without cutting processor time a request, by ${num(cutCalm)} to run at ${num(PLANNING)}${bare > 0 ? say` and by ${num(cutBare)} to keep up at all` : ''}.${objective}`,
  };
}

const change = (context: Context, factName: string, value: number, formula: string, inputs: Fact[]): Fact =>
  calc(factName, context.app, [Number(value.toPrecision(3)), 'ratio'], formula, inputs, 'target');
