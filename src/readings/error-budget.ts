import {
  type Context,
  constant,
  type Fact,
  name,
  num,
  type Reading,
  type ReadingEntry,
  say,
  type Text,
  table,
} from '../domain/index.js';
import { calc, rate, reading } from './compose.js';
import { aimedLoad, isWhole, loadPoints, loadsOf, NOW, topLoad } from './load.js';
import { labelOf, PERCENTILES, percentilesOf, requestSubject, shareAbove } from './percentiles.js';

const PAGE = constant(
  'burn.page',
  14.4,
  'factor',
  'Burn that spends 2 % of a 30-day budget in one hour, the usual page (B. Beyer et al., The Site Reliability Workbook, 2018, ch. 5)',
  '2018-08-01',
);
const WINDOW = constant(
  'budget.window',
  30 * 86_400,
  's',
  'The usual SLO window of thirty days (The Site Reliability Workbook, 2018, ch. 2)',
  '2018-08-01',
);

/** Targets as budgets: how many requests may miss them, how fast they are being missed, and whether a page would tell. */
function read(context: Context): Reading[] {
  return [...latencyBudget(context), ...errorBudget(context)];
}

function latencyBudget(context: Context): Reading[] {
  const subject = requestSubject(context);
  const aims = context.facts.every({ name: Object.keys(PERCENTILES), phase: 'target' });
  const aim = aims.find((f) => isWhole(context, f.subject) || f.subject.id === subject?.id);
  if (!subject || !aim) return [];
  const given = percentilesOf(context, subject);
  const label = labelOf(aim.name);
  const allowed = constant(
    `tail.${label}`,
    1 - (PERCENTILES[aim.name] ?? 0.99),
    'ratio',
    `Share of requests above ${label}, by its definition`,
  );
  const beyond = shareAbove(given, aim.value);
  if (!beyond || beyond.share <= allowed.value) return [];
  const share = calc(
    'latency.overTargetShare',
    subject,
    [beyond.share, 'ratio'],
    `share above the target, straight between ${beyond.from.label} and ${beyond.to.label} in log time against normal score`,
    [beyond.from.fact, beyond.to.fact, aim],
    beyond.to.fact.phase,
  );
  return burnReading(context, {
    id: aim.id,
    subject,
    share,
    allowed,
    what: say`requests take longer than ${num(aim)}`,
    target: say`${label} ${num(aim)}`,
    assumptions: [
      say`Between ${beyond.from.label} and ${beyond.to.label} the times spread like a log-normal; a histogram gives the exact share.`,
    ],
  });
}

function errorBudget(context: Context): Reading[] {
  const target = context.facts
    .every({ name: ['errors.ratio', 'availability.ratio'], phase: 'target' })
    .find((f) => isWhole(context, f.subject));
  if (!target) return [];
  const allowed =
    target.name === 'errors.ratio'
      ? target
      : calc('errors.allowed', target.subject, [1 - target.value, 'ratio'], 'all − availability', [target]);
  const now =
    context.facts.find({ name: 'errors.ratio', subject: target.subject, phase: NOW }) ??
    context.facts.every({ name: 'errors.ratio', phase: NOW }).find((f) => isWhole(context, f.subject));
  if (allowed.value <= 0) return [];
  if (now && now.value > allowed.value) {
    return burnReading(context, {
      id: target.id,
      subject: target.subject,
      share: now,
      allowed,
      what: say`requests fail`,
      target: say`an error ratio of ${num(allowed)}`,
      assumptions: [say`The errors are spread over the window in which ${num(now)} was read.`],
    });
  }
  const points = loadPoints(context);
  const goal = aimedLoad(points) ?? topLoad(points);
  if (!goal) return [];
  const failures = calc(
    'errors.allowedRate',
    target.subject,
    [goal.rate.value * allowed.value, '1/s'],
    'rate × allowed share',
    [goal.rate, allowed],
    goal.phase,
  );
  const page = calc(
    'errors.pageRatio',
    target.subject,
    [Math.min(1, allowed.value * PAGE.value), 'ratio'],
    'allowed share × burn of a page',
    [allowed, PAGE],
  );
  return reading('error-budget', {
    id: target.id,
    topic: 'budget',
    subject: target.subject,
    headline: say`${num(allowed)} errors at ${num(goal.rate)} allow ${rate(failures)} failures; a limiter that turns away what cannot be served, or a deadline that cuts calls, has that much to spend, and a usual page fires only at ${num(page)} errors.`,
    arithmetic: [
      table(
        ['Quantity', '> Value'],
        [
          [say`Allowed share`, say`${num(allowed)}`],
          [say`Allowed failures at ${num(goal.rate)}`, say`${rate(failures)}`],
          [say`Error ratio at which a burn of ${num(PAGE)} pages`, say`${num(page)}`],
        ],
      ),
    ],
    assumptions: [
      say`Requests that ${name(context.app.name)} turns away on purpose count as errors unless its SLO says otherwise.`,
    ],
    weight: 0.3,
  });
}

interface Burn {
  id: string;
  subject: Fact['subject'];
  share: Fact;
  allowed: Fact;
  what: Text;
  target: Text;
  assumptions: Text[];
}

function burnReading(context: Context, b: Burn): Reading[] {
  const burn = calc(
    'budget.burn',
    b.subject,
    [b.share.value / b.allowed.value, 'factor'],
    'share that misses ÷ share allowed',
    [b.share, b.allowed],
  );
  const gone = calc('budget.exhausted', b.subject, [WINDOW.value / burn.value, 's'], 'window ÷ burn', [
    WINDOW,
    burn,
  ]);
  const top = topLoad(loadsOf(context, b.subject));
  const lost = top
    ? calc(
        'budget.missRate',
        b.subject,
        [b.share.value * top.rate.value, '1/s'],
        'share × rate',
        [b.share, top.rate],
        top.phase,
      )
    : undefined;
  const silent = burn.value < PAGE.value;
  return reading('error-budget', {
    id: b.id,
    topic: 'budget',
    subject: b.subject,
    headline: say`About ${num(b.share, { digits: 2 })} of ${b.what} against ${num(b.allowed)} allowed${lost && top ? say` (${rate(lost)} at ${num(top.rate)})` : []}: the budget burns ${num(burn, { digits: 2 })} as fast as it may${silent ? say`, and the usual page at ${num(PAGE)} stays silent, so short bursts need an alert of their own` : say`, above the usual page at ${num(PAGE)}`}.`,
    arithmetic: [
      table(
        ['Quantity', '> Value'],
        [
          [say`Target`, b.target],
          [say`Share that misses it`, say`${num(b.share, { digits: 2 })}`],
          [say`Share allowed`, say`${num(b.allowed)}`],
          [say`Burn`, say`${num(burn, { digits: 2 })}`],
          [say`A budget of ${num(WINDOW)} would last, at this burn`, say`${num(gone, { digits: 2 })}`],
        ],
      ),
    ],
    assumptions: b.assumptions,
    weight: 0.64,
  });
}

export default {
  id: 'error-budget',
  about:
    'Latency and error targets as budgets: what may miss them, how fast they burn, whether a usual page would fire.',
  read,
} satisfies ReadingEntry;
