import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { typeOptions } from '../../capacity/instance-types.js';
import { capacityPlan, type Growth } from '../../capacity/plan.js';
import type { Today } from '../../capacity/today.js';
import type { WhatIf } from '../../capacity/what-if.js';
import type { DailyPeaks } from '../../models/capacity/load-forecast.js';
import { calendarChart } from '../../report/capacity/calendar-chart.js';
import { escapeHtml } from '../../report/html/escape.js';
import { page, short } from '../../report/load-run.js';
import { EXIT, UserError } from '../exit.js';
import { type FromCase, fixOf, fromCase } from './from-case.js';
import { historyOf } from './history.js';
import type { CapacityPlanOptions } from './options.js';
import { planLines } from './plan-text.js';
import { priceBookOf, type Types, typesOf } from './prices.js';
import { fleetTable, typeLines } from './types-text.js';
import { badOption, factorOption, numberOption, shareOption, timeOption } from './words.js';

/** `capacity plan`: what the load asked for takes, from a case or from flags, with changes tried. */
export async function runCapacityPlan(
  inputs: readonly string[],
  options: CapacityPlanOptions,
): Promise<number> {
  const read = inputs.length > 0 || options.evidence.length > 0 ? await fromCase(inputs, options) : NO_CASE;
  const today = withFlags(read.today, options);
  const fixes = options.fix.map((text) => fixOf(text, read.returns));
  const book = await priceBookOf(options.prices);
  const types = options.instanceType === undefined ? undefined : typesOf(options.instanceType, book);
  const change: WhatIf = {
    ...changeOf(today, options, types),
    // Two changes may take away the same milliseconds: the largest of them is what is sure.
    ...(fixes.length > 0 ? { gainMs: largest(fixes.map((f) => f.gainMs)) } : {}),
  };
  if ((change.rate ?? today.target ?? today.rate) === undefined)
    throw new UserError(
      EXIT.badInput,
      'No load is known to plan for.',
      inputs[0] ?? 'the command line',
      'Give --rate, or a case that says how many requests a second there are.',
    );
  const daily =
    options.history === undefined ? undefined : (await historyOf(options.history, '--growth')).daily;
  const growth = growthOf(today, options, daily);
  const plan = capacityPlan(today, change, {
    zones: Math.round(numberOption('--zones', options.zones)),
    ...(growth ? { growth } : {}),
  });
  const fleet =
    types && !types.to ? typeOptions(today, plan.asked.rate, types.from, book, change) : undefined;
  const lines = planLines(today, change, plan, growth, options);
  lines.splice(
    1,
    0,
    ...fixes.map(
      (f) =>
        `Tried: ${f.title}, forecast to take ${short(f.gainMs[0])}–${short(f.gainMs[1])} ms off p99; what it does to processor time is untested (--cpu-per-request).`,
    ),
  );
  if (types) lines.splice(1, 0, ...typeLines(today, change, types, book));
  if (types && !types.to) lines.push('', ...fleetTable(today, types.from, fleet, book));
  if (options.out !== undefined) {
    await mkdir(options.out, { recursive: true });
    const file = join(options.out, 'report.html');
    const calendar = daily ? calendarChart(daily, CALENDAR_DAYS, plan.headroom?.planningRate) : '';
    if (calendar) await writeFile(join(options.out, 'headroom.svg'), calendar);
    await writeFile(
      file,
      page(
        `Capacity of ${today.name}`,
        `<div class="front"><h1>Capacity of ${escapeHtml(today.name)}</h1><p class="verdict">${escapeHtml(lines[0] ?? '')}</p></div><section>${calendar}<pre style="white-space:pre-wrap">${escapeHtml(lines.slice(1).join('\n'))}</pre></section>`,
      ),
    );
    lines.push('', relative(process.cwd(), file));
  }
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ today, change, ...plan, ...(fleet ? { types: fleet } : {}) }, null, 1)}\n`
      : `${lines.join('\n')}\n`,
  );
  return EXIT.fine;
}

/** How far ahead the headroom calendar looks. */
const CALENDAR_DAYS = 90;

const NO_CASE: FromCase = {
  today: { name: 'the service', objective: {}, latency: [], resources: [], dependencies: [] },
  returns: [],
};

const largest = (gains: readonly (readonly [number, number])[]): readonly [number, number] => [
  Math.max(...gains.map(([least]) => least)),
  Math.max(...gains.map(([, most]) => most)),
];

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

function changeOf(today: Today, o: CapacityPlanOptions, types: Types | undefined): WhatIf {
  const factors = [
    ofCount('--instances', o.instances, today.instances),
    ofCount('--cores', o.cores, today.cores),
    types?.to && types.to.cores / types.from.cores,
  ].filter((f) => f !== undefined);
  return defined({
    rate: o.rate === undefined ? undefined : numberOption('--rate', o.rate),
    readShare: o.mix === undefined ? undefined : mixOf(o.mix),
    hitRatio: o.hitRatio === undefined ? undefined : shareOption('--hit-ratio', o.hitRatio),
    coreSpeed: types?.to && (types.to.speed ?? 1) / (types.from.speed ?? 1),
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

function mixOf(text: string): number {
  const share = /(?:^|,)\s*(reads?|writes?)\s*=\s*([\d.]+%?)/.exec(text);
  if (!share) throw badOption('--mix', text, 'the share of reads or writes: read=80%');
  const value = shareOption('--mix', share[2] ?? '');
  return share[1]?.startsWith('w') ? 1 - value : value;
}

const DAYS_A_MONTH = 30;
const monthly = (perDay: number): number => (1 + perDay) ** DAYS_A_MONTH - 1;

function growthOf(today: Today, o: CapacityPlanOptions, daily: DailyPeaks | undefined): Growth | undefined {
  const factor = (option: string, text: string | undefined): number =>
    text === undefined ? 1 : factorOption(option, text);
  if (
    o.growth === undefined &&
    daily === undefined &&
    today.growth === undefined &&
    o.event === undefined &&
    o.season === undefined
  )
    return undefined;
  const seen = o.growth === undefined && daily ? daily : undefined;
  return {
    perMonth:
      o.growth === undefined
        ? seen
          ? monthly(seen.growth)
          : (today.growth ?? 0)
        : factorOption('--growth', o.growth) - 1,
    ...(seen
      ? { perMonthWithin: [monthly(seen.growthInterval[0]), monthly(seen.growthInterval[1])] as const }
      : {}),
    season: factor('--season', o.season),
    event: factor('--event', o.event),
  };
}
