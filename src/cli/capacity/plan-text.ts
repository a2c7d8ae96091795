import type { Network } from '../../capacity/network.js';
import { type CapacityPlan, type Growth, PLANNING_SHARE, type State } from '../../capacity/plan.js';
import type { Today } from '../../capacity/today.js';
import { contended, type WhatIf } from '../../capacity/what-if.js';
import type { Estimate } from '../../models/capacity/fit.js';
import { short } from '../../report/load-run.js';
import { networkTable } from './network-text.js';
import type { CapacityPlanOptions } from './options.js';
import { columns, percent, within } from './words.js';

/** The plan in words and tables, the answer in the first line. */
export function planLines(
  today: Today,
  change: WhatIf,
  plan: CapacityPlan,
  growth: Growth | undefined,
  options: CapacityPlanOptions,
): string[] {
  const goal = today.objective.p99;
  const { asked } = plan;
  const what = `${short(asked.rate)}/s${goal === undefined ? '' : ` at p99 under ${short(goal)} ms`}`;
  const lines = [verdictOf(today, plan, what, change)];
  const tried = Object.entries(change)
    .filter(([k]) => k !== 'rate')
    .flatMap(([k, v]) => (typeof v === 'number' ? [`${TRIED[k] ?? k} ${short(v)}`] : []));
  if (tried.length > 0) lines.push(`Tried: ${tried.join(', ')}.`);
  if (change.capacity !== undefined && today.costLimit !== undefined && change.capacity - 1 > today.costLimit)
    lines.push(
      `Always on, that is up to +${percent(change.capacity - 1)} of the bill, above the limit of ${percent(today.costLimit)} if this tier is all of it.`,
    );
  const limit = plan.ways.find((w) => w.name === 'always on within the cost limit');
  const alone = plan.ways.find((w) => w.name === 'capacity alone');
  if (limit?.cut && asked.verdict !== 'holds')
    lines.push(
      limit.cut.high <= 0.005
        ? `Within +${percent(today.costLimit ?? 0)} it fits without cutting anything.`
        : limit.cut.low <= 0.005
          ? `Within +${percent(today.costLimit ?? 0)}, always on: it may take a cut of CPU a request of up to ${percent(limit.cut.high)}.`
          : `Within +${percent(today.costLimit ?? 0)}, always on: not without cutting CPU a request by ${percentSpan(limit.cut)}; to run at ${percent(PLANNING_SHARE)}, by ${percent(limit.cutToPlanning ?? 0)}.`,
    );
  if (alone?.hoursAWeek !== undefined && asked.verdict !== 'holds')
    lines.push(
      `Capacity alone: ${short(alone.capacity)} times today’s${today.instances ? ` (${Math.ceil(today.instances * alone.capacity)} instances for ${short(today.instances)})` : ''}; within +${percent(today.costLimit ?? 0)} for ${short(alone.hoursAWeek)} hours a week, even if this tier were the whole bill.`,
    );
  lines.push('', ...stateTable(today, [...(plan.now ? [plan.now] : []), asked]));
  if (plan.ways.length > 0)
    lines.push(
      '',
      'Work a request that must go, of today’s',
      ...columns([
        [
          '',
          'capacity',
          'for the objective',
          `to run at ${percent(PLANNING_SHARE)}`,
          'only to keep up',
          'bill, always on',
        ],
        ...plan.ways.map((w) => [
          w.name,
          `${short(w.capacity)}×`,
          w.cut ? percentSpan(w.cut) : goal === undefined ? 'no objective' : 'untested',
          percent(w.cutToPlanning ?? 0, 1),
          percent(w.cutToFull ?? 0, 1),
          w.costUpTo === undefined ? 'as today' : `up to +${percent(w.costUpTo)}`,
        ]),
      ]),
    );
  if (plan.limits.length > 0)
    lines.push(
      '',
      'What fills up, in order',
      ...columns([
        ['', 'full at', 'use at the load'],
        ...plan.limits
          .slice(0, MOST_LIMITS)
          .map((l) => [clipped(l.resource.name), `${short(l.fullAt)}/s`, percent(asked.rate / l.fullAt)]),
      ]),
      ...plan.limits
        .filter((l) => l.resource.soft)
        .map((l) => `  ${l.resource.name}: to be checked, ${l.resource.soft}.`),
    );
  else lines.push('', 'Nothing says how busy anything is: untested. Measure processor use at a known rate.');
  if (today.network) lines.push('', ...networkSection(today, today.network));
  if (plan.headroom) lines.push('', ...headroomLines(plan.headroom, growth));
  lines.push('', 'When something fails, at the load asked for', ...failureTable(plan.failures, options));
  lines.push(
    '',
    contended(today)?.workMs === undefined
      ? 'In brackets the lowest and highest of several readings: what feeds one queue (1, 4, 16 or 64 servers) is not said by a case, and with one load point neither is the share of it that is waiting. Time that is no waiting is taken as it is.'
      : 'In brackets the lowest and highest of several readings: how even the work of requests is, was not measured. Waiting is that of a queue with the work measured; all other time is passed on as it is, untested at loads that were not recorded.',
  );
  return lines;
}

const MOST_LIMITS = 12;
const clipped = (name: string): string => (name.length > 60 ? `${name.slice(0, 59)}…` : name);

/** What telemetry showed of each part, and whether the plan rests on it. */
const networkSection = (today: Today, network: Network): string[] => [
  ...networkTable(network),
  ...(today.resources.some((r) => network.stations.some((s) => s.name === r.name))
    ? []
    : [
        `  Recorded at ${short(network.rate)}/s, and ${short(today.rate)}/s are said: the work of a request holds, where it is full does not (other instances, another machine). The plan rests on what was said.`,
      ]),
];

const TRIED: Readonly<Record<string, string>> = {
  readShare: 'share of reads',
  hitRatio: 'hit ratio',
  capacity: 'capacity ×',
  coreSpeed: 'speed of a core ×',
  cpuPerRequest: 'CPU a request ×',
  pool: 'pool of',
};

function verdictOf(today: Today, plan: CapacityPlan, what: string, change: WhatIf): string {
  const { asked } = plan;
  const on = Object.keys(change).every((k) => k === 'rate')
    ? 'on today’s capacity'
    : 'with the changes tried';
  const used =
    asked.used === undefined
      ? ''
      : `: ${fullest(today)} would be ${percent(asked.used)} busy${asked.used >= 1 ? ', which cannot be' : ''}`;
  if (asked.verdict === 'breaks') return `${what}: no, not ${on}${used}.`;
  if (asked.verdict === 'holds')
    return `${what}: yes ${on}${used}, p99 ${asked.p99 ? within(asked.p99) : ''} ms${asked.over.length > 0 ? `; but check ${asked.over.join(', ')}` : ''}.`;
  if (asked.verdict === 'depends')
    return `${what}: cannot tell ${on}${used}, p99 ${asked.p99 ? within(asked.p99) : ''} ms${asked.over.length > 0 ? `, and ${asked.over.join(', ')} would be beyond full use` : ''}; a load test at this rate decides.`;
  return `${what}: untested ${on}${used}; ${today.objective.p99 === undefined ? 'no objective was given (--slo 700ms)' : 'no latency at a known rate was given'}.`;
}

/** What latency follows, in words. */
function fullest(today: Today): string {
  const name = contended(today)?.name;
  return name === undefined || name === 'CPU' ? 'the fullest processors' : `the ${name}`;
}

const percentSpan = (e: Estimate): string =>
  e.high - e.low < 0.005 ? percent(e.value) : `${percent(e.value)} (${percent(e.low)}–${percent(e.high)})`;

const stateTable = (_today: Today, states: readonly State[]): string[] =>
  columns([
    ['', 'rate', 'busy', 'p50 ms', 'p95 ms', 'p99 ms', 'objective'],
    ...states.map((s) => [
      s.name,
      `${short(s.rate)}/s`,
      s.used === undefined ? '–' : percent(s.used),
      ...[s.p50, s.p95, s.p99].map(latency),
      s.verdict,
    ]),
  ]);

const failureTable = (states: readonly State[], options: CapacityPlanOptions): string[] => [
  ...columns([
    ['', 'busy', 'p99 ms', 'objective', 'beyond full use'],
    ...states.map((s) => [
      s.name,
      s.used === undefined ? '–' : percent(s.used),
      latency(s.p99),
      s.verdict,
      s.over.join(', ') || '–',
    ]),
  ]),
  ...states.flatMap((s) => (s.untested ? [`  ${s.name}: untested, ${s.untested}.`] : [])),
  `  ${options.zones} zones are taken as equal (--zones).`,
];

export const latency = (e: Estimate | undefined): string =>
  e === undefined ? 'untested' : !Number.isFinite(e.value) ? 'without bound' : within(e);

function headroomLines(h: NonNullable<CapacityPlan['headroom']>, growth: Growth | undefined): string[] {
  const said = h.ofNow >= 0 ? `Headroom ${percent(h.ofNow)}` : `No headroom: ${percent(-h.ofNow)} over`;
  const lines = [
    `${said} against ${percent(PLANNING_SHARE)} use at ${short(h.planningRate)}/s; full at ${short(h.fullRate)}/s.`,
  ];
  if (!growth || !h.months)
    return [...lines, 'Time to growth: untested, say --growth +5% a month (and --season, --event).'];
  const times = growth.season * growth.event;
  const inWords = (m: number): string =>
    !Number.isFinite(m) ? 'never' : m === 0 ? 'already' : `in ${short(m)} months`;
  const when = (m: Estimate): string =>
    !Number.isFinite(m.value)
      ? 'never, by growth alone'
      : m.low === m.high
        ? inWords(m.value)
        : `${inWords(m.value)} (${inWords(m.low)} to ${inWords(m.high)})`;
  return [
    ...lines,
    `With growth of ${percent(growth.perMonth, 1)} a month${growth.perMonthWithin ? ` (${percent(growth.perMonthWithin[0], 1)}–${percent(growth.perMonthWithin[1], 1)} by the recorded load)` : ''}${times === 1 ? '' : `, and ${short(times)} times the load in season and event`}: at ${percent(PLANNING_SHARE)} ${when(h.months.planning)}, full ${when(h.months.full)}.`,
  ];
}
