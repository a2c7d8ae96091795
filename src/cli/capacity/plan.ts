import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import {
  type CapacityPlan,
  capacityPlan,
  type Growth,
  PLANNING_SHARE,
  type State,
} from '../../capacity/plan.js';
import { type Today, todayOf } from '../../capacity/today.js';
import type { WhatIf } from '../../capacity/what-if.js';
import { investigate } from '../../investigate/investigate.js';
import { instanceType, samplePrices } from '../../knowledge/prices.js';
import type { Estimate } from '../../models/capacity/fit.js';
import { escapeHtml } from '../../report/html/escape.js';
import { page, short } from '../../report/load-run.js';
import { EXIT, UserError } from '../exit.js';
import { sortInputs } from '../inputs.js';
import { progressOn } from '../progress.js';
import { historyOf } from './history.js';
import type { CapacityPlanOptions } from './options.js';
import {
  badOption,
  columns,
  factorOption,
  numberOption,
  percent,
  shareOption,
  timeOption,
  within,
} from './words.js';

/** `capacity plan`: what the load asked for takes, from a case or from flags, with changes tried. */
export async function runCapacityPlan(
  inputs: readonly string[],
  options: CapacityPlanOptions,
): Promise<number> {
  const today = withFlags(
    inputs.length > 0 || options.evidence.length > 0 ? await fromCase(inputs, options) : EMPTY,
    options,
  );
  const change = changeOf(today, options);
  if ((change.rate ?? today.target ?? today.rate) === undefined)
    throw new UserError(
      EXIT.badInput,
      'No load is known to plan for.',
      inputs[0] ?? 'the command line',
      'Give --rate, or a case that says how many requests a second there are.',
    );
  const growth = growthOf(today, options, await trendOf(options.history));
  const plan = capacityPlan(today, change, {
    zones: Math.round(numberOption('--zones', options.zones)),
    ...(growth ? { growth } : {}),
  });
  const lines = planLines(today, change, plan, growth, options);
  if (options.out !== undefined) {
    await mkdir(options.out, { recursive: true });
    const file = join(options.out, 'report.html');
    await writeFile(
      file,
      page(
        `Capacity of ${today.name}`,
        `<div class="front"><h1>Capacity of ${escapeHtml(today.name)}</h1><p class="verdict">${escapeHtml(lines[0] ?? '')}</p></div><section><pre style="white-space:pre-wrap">${escapeHtml(lines.slice(1).join('\n'))}</pre></section>`,
      ),
    );
    lines.push('', relative(process.cwd(), file));
  }
  process.stdout.write(
    options.json ? `${JSON.stringify({ today, change, ...plan }, null, 1)}\n` : `${lines.join('\n')}\n`,
  );
  return EXIT.fine;
}

const EMPTY: Today = { name: 'the service', objective: {}, latency: [], resources: [], dependencies: [] };

export async function fromCase(inputs: readonly string[], options: { evidence: string[] }): Promise<Today> {
  const { context } = await investigate({
    ...sortInputs(inputs, options.evidence, []),
    redact: true,
    progress: progressOn(process.stderr),
  });
  return todayOf(context);
}

/** `--now rate=6000,cpu=90%,p99=1.8s,…` over what the case says. */
function withFlags(today: Today, options: CapacityPlanOptions): Today {
  const given = new Map(
    (options.now ?? '')
      .split(',')
      .filter((p) => p.trim() !== '')
      .map((pair) => {
        const [key = '', value = ''] = pair.split('=').map((x) => x.trim());
        if (!NOW_KEYS.includes(key) || value === '')
          throw badOption('--now', pair, `pairs of ${NOW_KEYS.join(', ')}: rate=6000,cpu=90%,p99=1.8s`);
        return [key, value] as const;
      }),
  );
  const number = (key: string): number | undefined => {
    const v = given.get(key);
    return v === undefined ? undefined : numberOption(`--now ${key}`, v);
  };
  const share = (key: string): number | undefined => {
    const v = given.get(key);
    return v === undefined ? undefined : shareOption(`--now ${key}`, v);
  };
  const time = (key: string): number | undefined => {
    const v = given.get(key);
    return v === undefined ? undefined : timeOption(`--now ${key}`, v);
  };
  const rate = number('rate') ?? today.rate;
  const cpu = share('cpu');
  if ((cpu !== undefined || time('p99') !== undefined) && rate === undefined)
    throw badOption('--now', options.now ?? '', 'the rate at which that was seen: rate=6000');
  const latency = defined({ p50: time('p50'), p95: time('p95'), p99: time('p99') });
  const slo = options.slo === undefined ? undefined : timeOption('--slo', options.slo);
  return {
    ...today,
    ...defined({
      rate,
      hitRatio: share('hit') ?? today.hitRatio,
      readShare: share('read') ?? today.readShare,
      instances: number('instances') ?? today.instances,
      cores: number('cores') ?? today.cores,
      costLimit:
        options.costLimit === undefined
          ? today.costLimit
          : shareOption('--cost-limit', options.costLimit.replace(/^\+/, '')),
    }),
    objective: slo === undefined ? today.objective : { ...today.objective, p99: slo },
    latency:
      rate !== undefined && Object.keys(latency).length > 0
        ? [...today.latency.filter((l) => l.rate !== rate), { rate, ...latency }].sort(
            (a, b) => a.rate - b.rate,
          )
        : today.latency,
    resources:
      cpu !== undefined && rate !== undefined
        ? [
            { name: 'CPU', used: cpu, at: rate, scales: 'instances', reached: 'all', ownCode: true },
            ...today.resources.filter((r) => r.name !== 'CPU'),
          ]
        : today.resources,
  };
}
const NOW_KEYS = ['rate', 'cpu', 'p50', 'p95', 'p99', 'instances', 'cores', 'hit', 'read'];

const defined = <T extends object>(o: T): { [K in keyof T]?: NonNullable<T[K]> } =>
  Object.fromEntries(Object.entries(o).filter(([, v]) => v !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };

function changeOf(today: Today, o: CapacityPlanOptions): WhatIf {
  const factors = [
    ofCount('--instances', o.instances, today.instances),
    ofCount('--cores', o.cores, today.cores),
    ofType(o.instanceType),
  ].filter((f) => f !== undefined);
  return defined({
    rate: o.rate === undefined ? undefined : numberOption('--rate', o.rate),
    readShare: o.mix === undefined ? undefined : mixOf(o.mix),
    hitRatio: o.hitRatio === undefined ? undefined : shareOption('--hit-ratio', o.hitRatio),
    pool: o.pool === undefined ? undefined : numberOption('--pool', o.pool),
    cpuPerRequest:
      o.cpuPerRequest === undefined ? undefined : factorOption('--cpu-per-request', o.cpuPerRequest),
    capacity: factors.length === 0 ? undefined : factors.reduce((a, b) => a * b, 1),
  });
}

/** A new count against today's, or a change such as x1.5. */
function ofCount(option: string, text: string | undefined, now: number | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/[x%]/.test(text)) return factorOption(option, text);
  const count = numberOption(option, text);
  if (now === undefined)
    throw badOption(
      option,
      text,
      `a change (x1.5), or say what there is today with --now ${option.slice(2)}=8`,
    );
  return count / now;
}

/** `m6i.large:c7g.xlarge`: cores of the new type over those of the old; how fast a core is stays open. */
function ofType(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [from, to] = text.split(':').map((n) => instanceType(samplePrices(), n));
  if (!from || !to)
    throw badOption(
      '--instance-type',
      text,
      'today’s type and the new one, of the price book: m6i.large:m6i.xlarge',
    );
  return to.cores / from.cores;
}

function mixOf(text: string): number {
  const share = /(?:^|,)\s*(reads?|writes?)\s*=\s*([\d.]+%?)/.exec(text);
  if (!share) throw badOption('--mix', text, 'the share of reads or writes: read=80%');
  const value = shareOption('--mix', share[2] ?? '');
  return share[1]?.startsWith('w') ? 1 - value : value;
}

/** Growth a month by the daily peaks of a recorded load. */
async function trendOf(file: string | undefined): Promise<number | undefined> {
  if (file === undefined) return undefined;
  const { daily } = await historyOf(file, '--growth');
  return (1 + daily.growth) ** DAYS_A_MONTH - 1;
}
const DAYS_A_MONTH = 30;

function growthOf(today: Today, o: CapacityPlanOptions, trend: number | undefined): Growth | undefined {
  const factor = (option: string, text: string | undefined): number =>
    text === undefined ? 1 : factorOption(option, text);
  if (
    o.growth === undefined &&
    trend === undefined &&
    today.growth === undefined &&
    o.event === undefined &&
    o.season === undefined
  )
    return undefined;
  return {
    perMonth: o.growth === undefined ? (trend ?? today.growth ?? 0) : factorOption('--growth', o.growth) - 1,
    season: factor('--season', o.season),
    event: factor('--event', o.event),
  };
}

function planLines(
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
    .map(([k, v]) => `${TRIED[k] ?? k} ${short(v)}`);
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
        ...plan.limits.map((l) => [l.resource.name, `${short(l.fullAt)}/s`, percent(asked.rate / l.fullAt)]),
      ]),
      ...plan.limits
        .filter((l) => l.resource.soft)
        .map((l) => `  ${l.resource.name}: to be checked, ${l.resource.soft}.`),
    );
  else lines.push('', 'Nothing says how busy anything is: untested. Measure processor use at a known rate.');
  if (plan.headroom) lines.push('', ...headroomLines(plan.headroom, growth));
  lines.push('', 'When something fails, at the load asked for', ...failureTable(plan.failures, options));
  lines.push(
    '',
    'In brackets the lowest and highest of several readings: what feeds one queue (1, 4, 16 or 64 servers) is not said by a case, and with one load point neither is the share of it that is waiting. Time that is no waiting is taken as it is.',
  );
  return lines;
}

const TRIED: Readonly<Record<string, string>> = {
  readShare: 'share of reads',
  hitRatio: 'hit ratio',
  capacity: 'capacity ×',
  cpuPerRequest: 'CPU a request ×',
  pool: 'pool of',
};

function verdictOf(today: Today, plan: CapacityPlan, what: string, change: WhatIf): string {
  const { asked } = plan;
  const on =
    change.capacity === undefined && change.cpuPerRequest === undefined
      ? 'on today’s capacity'
      : 'with the changes tried';
  const used =
    asked.used === undefined
      ? ''
      : `: the fullest processors would be ${percent(asked.used)} busy${asked.used >= 1 ? ', which cannot be' : ''}`;
  if (asked.verdict === 'breaks') return `${what}: no, not ${on}${used}.`;
  if (asked.verdict === 'holds')
    return `${what}: yes ${on}${used}, p99 ${asked.p99 ? within(asked.p99) : ''} ms${asked.over.length > 0 ? `; but check ${asked.over.join(', ')}` : ''}.`;
  if (asked.verdict === 'depends')
    return `${what}: cannot tell ${on}${used}, p99 ${asked.p99 ? within(asked.p99) : ''} ms${asked.over.length > 0 ? `, and ${asked.over.join(', ')} would be beyond full use` : ''}; a load test at this rate decides.`;
  return `${what}: untested ${on}${used}; ${today.objective.p99 === undefined ? 'no objective was given (--slo 700ms)' : 'no latency at a known rate was given'}.`;
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

const latency = (e: Estimate | undefined): string =>
  e === undefined ? 'untested' : !Number.isFinite(e.value) ? 'without bound' : within(e);

function headroomLines(h: NonNullable<CapacityPlan['headroom']>, growth: Growth | undefined): string[] {
  const said = h.ofNow >= 0 ? `Headroom ${percent(h.ofNow)}` : `No headroom: ${percent(-h.ofNow)} over`;
  const lines = [
    `${said} against ${percent(PLANNING_SHARE)} use at ${short(h.planningRate)}/s; full at ${short(h.fullRate)}/s.`,
  ];
  if (!growth || !h.months)
    return [...lines, 'Time to growth: untested, say --growth +5% a month (and --season, --event).'];
  const times = growth.season * growth.event;
  const when = (m: number): string =>
    Number.isNaN(m) ? 'never, by growth alone' : m === 0 ? 'already' : `in ${short(m)} months`;
  return [
    ...lines,
    `With growth of ${percent(growth.perMonth, 1)} a month${times === 1 ? '' : `, and ${short(times)} times the load in season and event`}: at ${percent(PLANNING_SHARE)} ${when(h.months.planning)}, full ${when(h.months.full)}.`,
  ];
}
