import { mkdir, writeFile } from 'node:fs/promises';
import { extname, join, relative } from 'node:path';
import { type CostFront, costFront } from '../../capacity/options.js';
import { returnsOf } from '../../capacity/returns.js';
import type { Today } from '../../capacity/today.js';
import { type Result, resultSchema } from '../../domain/index.js';
import {
  type CostExport,
  isFocus,
  isUsage,
  readFocus,
  readOpenCost,
  readUsage,
  type UsageOf,
} from '../../evidence/readers/cost-export.js';
import { readLoadSeries } from '../../evidence/readers/load-series.js';
import { instanceType, type PriceBook } from '../../knowledge/prices.js';
import { commitmentFor, type Size, sizesFor } from '../../models/capacity/rightsize.js';
import { frontChart } from '../../report/capacity/front-chart.js';
import { escapeHtml } from '../../report/html/escape.js';
import { page, short } from '../../report/load-run.js';
import { EXIT, UserError } from '../exit.js';
import { fromCase } from './from-case.js';
import type { CapacityCostOptions } from './options.js';
import { priceBookOf } from './prices.js';
import {
  badOption,
  columns,
  numberOption,
  percent,
  reading,
  shareOption,
  textFile,
  timeOption,
} from './words.js';

interface Report {
  lines: string[];
  json: Record<string, unknown>;
  chart?: string;
}

const CASE_ENDINGS = ['.txt', '.md', '.yaml', '.yml'];
const MONTH_HOURS = 730;

/** `capacity cost`: what a bill, samples of use, a recorded load or a case say about money. */
export async function runCapacityCost(
  inputs: readonly string[],
  options: CapacityCostOptions,
): Promise<number> {
  if (inputs.length === 0)
    throw new UserError(
      EXIT.badInput,
      'There is nothing to cost.',
      'the command line',
      'Name a FOCUS or OpenCost export, a table of use, a recorded load, or a case.',
    );
  const book = await priceBookOf(options.prices);
  const reports: Report[] = [];
  for (const input of inputs) reports.push(await reportOf(input, book, options));
  const lines = reports.flatMap((r, i) => [...(i > 0 ? [''] : []), ...r.lines]);
  const chart = reports.find((r) => r.chart)?.chart;
  if (options.out !== undefined) {
    await mkdir(options.out, { recursive: true });
    const file = join(options.out, 'report.html');
    await writeFile(
      file,
      page(
        'Cost',
        `<div class="front"><h1>Cost</h1><p class="verdict">${escapeHtml(lines[0] ?? '')}</p></div><section>${chart ?? ''}<pre style="white-space:pre-wrap">${escapeHtml(lines.slice(1).join('\n'))}</pre></section>`,
      ),
    );
    if (chart) await writeFile(join(options.out, 'options.svg'), chart);
    lines.push('', relative(process.cwd(), file));
  }
  process.stdout.write(
    options.json
      ? `${JSON.stringify(
          reports.map((r) => r.json),
          null,
          1,
        )}\n`
      : `${lines.join('\n')}\n`,
  );
  return EXIT.fine;
}

async function reportOf(input: string, book: PriceBook, options: CapacityCostOptions): Promise<Report> {
  const ending = extname(input).toLowerCase();
  if (CASE_ENDINGS.includes(ending))
    return ofCase((await fromCase([input], { evidence: [] })).today, options);
  const text = await textFile(input);
  if (ending === '.json' || text.trimStart().startsWith('{')) {
    let content: unknown;
    try {
      content = JSON.parse(text);
    } catch (error) {
      throw new UserError(
        EXIT.badInput,
        `The file is no JSON: ${(error as Error).message.slice(0, 100)}.`,
        input,
        'Export it again.',
      );
    }
    const result = resultSchema.safeParse(content);
    if (result.success) return ofResult(result.data, options);
    const bill = reading(() => readOpenCost(content, input));
    if (!bill)
      throw new UserError(
        EXIT.badInput,
        'This is no allocation of OpenCost (it has no data) and no result of an investigation.',
        input,
        'Export /allocation, give FOCUS as CSV, or name a result.json.',
      );
    return ofBill(bill, options);
  }
  const header = text.slice(0, 20_000).split('\n')[0] ?? '';
  if (isFocus(header))
    return ofBill(
      reading(() => readFocus(text, input)),
      options,
    );
  if (isUsage(header))
    return ofUsage(
      reading(() => readUsage(text, input)),
      book,
      options,
    );
  return ofLoad(reading(() => readLoadSeries(text, input)).ratePerSecond, book, options);
}

/** What each recommendation costs to make, what it brings for that, and when it has paid for itself. */
function ofResult(result: Result, options: CapacityCostOptions): Report {
  const money = (name: string, text: string | undefined): number | undefined =>
    text === undefined ? undefined : numberOption(name, text);
  const engineerHour = money('--engineer-hour', options.engineerHour);
  const badMinute = money('--bad-minute', options.badMinute);
  const badMinutesAMonth =
    options.badMinutes === undefined ? undefined : timeOption('--bad-minutes', options.badMinutes) / 60_000;
  const all = returnsOf(result, {
    ...(engineerHour === undefined ? {} : { engineerHour }),
    ...(badMinute === undefined ? {} : { badMinute }),
    ...(badMinutesAMonth === undefined ? {} : { badMinutesAMonth }),
  });
  const span = (pair: readonly [number, number] | undefined, say: (v: number) => string = short): string =>
    pair === undefined ? 'untested' : `${say(pair[0])}–${Number.isFinite(pair[1]) ? say(pair[1]) : 'never'}`;
  const best = [...all].sort(
    (a, b) => (b.gainMsAnHour?.[0] ?? -1) - (a.gainMsAnHour?.[0] ?? -1) || a.rank - b.rank,
  )[0];
  const lines = [
    all.length === 0
      ? 'The result recommends nothing, so there is nothing to cost.'
      : best?.gainMsAnHour
        ? `Most for an hour of work: ${best.title}, ${span(best.gainMsAnHour)} ms of p99 an hour.`
        : 'No recommendation has a forecast: with traces of the slow requests each gets one.',
    '',
    ...columns([
      [
        '',
        'hours of work',
        'costs',
        'p99 less, ms',
        'ms an hour',
        'of the way',
        'saves a month',
        'months to pay',
      ],
      ...all.map((r) => [
        `${r.rank} ${r.title.slice(0, 60)}`,
        span(r.hours),
        span(r.cost),
        span(r.gainMs),
        span(r.gainMsAnHour),
        r.gainMs && !r.ofTheWay ? 'is met' : span(r.ofTheWay, percent),
        r.gainMs && !r.ofTheWay ? '–' : span(r.saves),
        r.gainMs && !r.ofTheWay ? '–' : span(r.monthsToPay),
      ]),
    ]),
    '',
    'Each change counts alone. Work: minutes up to two hours, hours up to a day, days up to a week, weeks up to four.',
    ...(engineerHour === undefined ? ['Costs: untested, give --engineer-hour.'] : []),
    ...(badMinute === undefined || badMinutesAMonth === undefined
      ? ['Savings: untested, give --bad-minute and --bad-minutes (of a month).']
      : []),
    'What a change adds to or takes off the bill is untested until processor time a request was measured with and without it; capacity plan --cpu-per-request prices it then.',
  ];
  return { lines, json: { kind: 'result', returns: all } };
}

/** Where the money goes, what is idle, and what a request costs. */
function ofBill(bill: CostExport, options: CapacityCostOptions): Report {
  const total = bill.lines.reduce((a, l) => a + l.cost, 0);
  const idle = bill.lines.reduce(
    (a, l) => a + (l.usedShare === undefined ? 0 : l.cost * (1 - l.usedShare)),
    0,
  );
  const knowsUse = bill.lines.some((l) => l.usedShare !== undefined);
  const money = (v: number): string => (bill.currency ? `${short(v)} ${bill.currency}` : short(v));
  const requests =
    options.requests === undefined
      ? options.rate !== undefined && bill.hours !== undefined
        ? numberOption('--rate', options.rate) * bill.hours * 3600
        : undefined
      : numberOption('--requests', options.requests);
  const bad =
    options.badMinutes === undefined ? undefined : timeOption('--bad-minutes', options.badMinutes) / 60_000;
  const good = bill.hours === undefined || bad === undefined ? undefined : Math.max(0, bill.hours * 60 - bad);
  const perMillion = requests === undefined ? undefined : (total / requests) * 1e6;
  const lines = [
    `${money(total)}${bill.hours ? ` in ${short(bill.hours / 24)} days` : ''} by ${bill.format}: ${bill.lines[0]?.name} takes ${percent((bill.lines[0]?.cost ?? 0) / total)}${knowsUse ? `, and ${percent(idle / total)} of all is asked for and not used` : ''}.`,
    perMillion === undefined
      ? 'Cost a request: untested, give --requests of the same time (or --rate).'
      : `A million requests cost ${money(perMillion)}.`,
    good === undefined
      ? 'Cost of a minute within the objective: untested, give --bad-minutes, how long it was broken.'
      : good === 0
        ? 'No minute kept the objective.'
        : `A minute within the objective costs ${money(total / good)}.`,
    '',
    ...columns([
      ['', 'cost', 'share', 'idle', ''],
      ...bill.lines
        .slice(0, 15)
        .map((l) => [
          l.name.slice(0, 50),
          short(l.cost),
          percent(l.cost / total, 1),
          l.usedShare === undefined ? 'not said' : percent(1 - l.usedShare),
          l.committed ? 'in part committed' : '',
        ]),
    ]),
    ...(bill.lines.length > 15 ? [`and ${bill.lines.length - 15} more`] : []),
  ];
  return {
    lines,
    json: {
      kind: 'bill',
      ...bill,
      total,
      ...(knowsUse ? { idle } : {}),
      perMillionRequests: perMillion,
      perGoodMinute: good ? total / good : undefined,
    },
  };
}

/** What each workload should ask for, with the risk of that. */
function ofUsage(all: readonly UsageOf[], book: PriceBook, options: CapacityCostOptions): Report {
  const perCore = corePrice(book, options);
  const rows = all.flatMap((u) => {
    const sizes = sizesFor(u.cpuUsed);
    return sizes.map((s) => ({
      u,
      s,
      memory: sizesFor(u.memoryUsedGiB, [s.rule])[0],
      saved:
        u.cpuRequest === undefined
          ? undefined
          : (u.cpuRequest - s.size) * (u.replicas ?? 1) * perCore * MONTH_HOURS,
    }));
  });
  const safest = rows.filter((r) => r.s.rule.percentile > 0.99);
  const saved = safest.reduce((a, r) => a + Math.max(0, r.saved ?? 0), 0);
  const short_ = safest.filter((r) => (r.saved ?? 0) < 0).map((r) => r.u.workload);
  const few = all
    .filter((u) => u.cpuUsed.length < 200)
    .map((u) => `${u.workload} (${u.cpuUsed.length} samples)`);
  const lines = [
    `By the safer rule ${short(saved)} ${book.currency} a month are asked for and not needed${short_.length > 0 ? `; ${short_.join(', ')} ask for too little` : ''}.`,
    ...(few.length > 0 ? [`Too few samples for a tail, take the size as a start: ${few.join(', ')}.`] : []),
    '',
    ...columns([
      ['', 'CPU asked', 'CPU size', 'too small in', 'memory size GiB', `saves a month, ${book.currency}`],
      ...rows.map((r) => [
        `${r.u.workload.slice(0, 40)}, ${r.s.rule.name}`,
        r.u.cpuRequest === undefined ? 'not said' : short(r.u.cpuRequest),
        short(r.s.size),
        percent(r.s.risk, 1),
        memoryCell(r.memory),
        r.saved === undefined ? 'untested' : short(r.saved),
      ]),
    ]),
    '',
    `A core is taken at ${short(perCore)} ${book.currency} an hour (${book.source}, ${book.date}). Memory beyond its size ends the process: keep its margin. Saved is what the nodes can give back, once they are fewer.`,
  ];
  return {
    lines,
    json: {
      kind: 'usage',
      perCoreHour: perCore,
      sizes: rows.map((r) => ({
        workload: r.u.workload,
        rule: r.s.rule.name,
        cpu: r.s.size,
        risk: r.s.risk,
        memoryGiB: r.memory?.size,
        savedPerMonth: r.saved,
      })),
    },
  };
}

const memoryCell = (m: Size | undefined): string => (m ? short(m.size) : 'untested');

function corePrice(book: PriceBook, options: CapacityCostOptions): number {
  const type = typeOf(book, options);
  return type.perHour / type.cores;
}

function typeOf(book: PriceBook, options: CapacityCostOptions): PriceBook['instances'][number] {
  const type = options.type === undefined ? book.instances[0] : instanceType(book, options.type);
  if (!type)
    throw badOption(
      '--type',
      options.type ?? '',
      `a type of the price book: ${book.instances
        .map((i) => i.type)
        .slice(0, 6)
        .join(', ')}`,
    );
  return type;
}

/** What the load needs hour by hour, and how much of it to commit to. */
function ofLoad(rates: readonly number[], book: PriceBook, options: CapacityCostOptions): Report {
  if (options.serviceTime === undefined)
    throw new UserError(
      EXIT.badInput,
      'How much of a core a request takes is not said.',
      '--service-time',
      'Give --service-time 20ms with a recorded load.',
    );
  const type = typeOf(book, options);
  const service = timeOption('--service-time', options.serviceTime) / 1000;
  const ceiling = 0.65;
  const byHour: number[] = [];
  for (let m = 0; m < rates.length; m += 60)
    byHour.push(
      Math.max(
        1,
        Math.ceil(
          (rates.slice(m, m + 60).reduce((a, b) => Math.max(a, b), 0) * service) / (type.cores * ceiling),
        ),
      ),
    );
  const peak = byHour.reduce((a, b) => Math.max(a, b), 0);
  const requests = rates.reduce((a, r) => a + r * 60, 0);
  const terms = [
    ['one year', book.commitmentDiscount.oneYear],
    ['three years', book.commitmentDiscount.threeYears],
  ] as const;
  const rows = terms.map(([name, discount]) => ({ name, discount, c: commitmentFor(byHour, discount) }));
  const onDemand = (rows[0]?.c.onDemandCost ?? 0) * type.perHour;
  const perMillion = requests > 0 ? ((onDemand * byHour.length) / requests) * 1e6 : Number.NaN;
  const best = rows[0];
  const lines = [
    `Commit to ${best?.c.units} ${type.type} for a year and buy the rest on demand: ${percent(1 - (best?.c.cost ?? 0) / (best?.c.onDemandCost ?? 1))} less than all on demand, if the load stays as recorded.`,
    `Scaled by the hour a million requests cost ${short(perMillion)} ${book.currency}; always sized for the peak of ${peak}, ${short(peak / (best?.c.onDemandCost ?? 1))} times that.`,
    '',
    ...columns([
      ['', 'discount', 'commit to', 'of it unused', `${book.currency} a month`],
      ['all on demand, by the hour', '–', '0', '–', short(onDemand * MONTH_HOURS)],
      ...rows.map((r) => [
        r.name,
        percent(r.discount),
        String(r.c.units),
        percent(r.c.unused),
        short(r.c.cost * type.perHour * MONTH_HOURS),
      ]),
      [
        'always the peak',
        '–',
        '–',
        percent(1 - (best?.c.onDemandCost ?? 0) / peak),
        short(peak * type.perHour * MONTH_HOURS),
      ],
    ]),
    '',
    `${byHour.length} hours recorded; instances at ${percent(ceiling)} of the hour’s peak; prices: ${book.source}, ${book.date}. A commitment outlives the recording: growth makes it safer, cuts make it idle.`,
  ];
  return {
    lines,
    json: {
      kind: 'load',
      type: type.type,
      peak,
      perMillionRequests: perMillion,
      onDemandPerHour: onDemand,
      commitments: rows,
    },
  };
}

/** What fits under hard limits, which of them binds, and what each step of work saved is worth. */
function ofCase(today: Today, options: CapacityCostOptions): Report {
  const rate =
    options.rate === undefined ? (today.target ?? today.rate) : numberOption('--rate', options.rate);
  if (rate === undefined)
    throw new UserError(EXIT.badInput, 'No load is known to plan for.', 'the case', 'Give --rate.');
  const known: Today = {
    ...today,
    ...(options.costLimit === undefined
      ? {}
      : { costLimit: shareOption('--cost-limit', options.costLimit.replace(/^\+/, '')) }),
  };
  const share = shareOption('--tier-share', options.tierShare);
  const hours = numberOption('--peak-hours', options.peakHours);
  const front = costFront(known, rate, share, hours);
  if (!front)
    return {
      lines: ['Untested: nothing says how busy what scales is. Measure processor use at a known rate.'],
      json: { kind: 'case', untested: true },
    };
  const p99 = (o: CostFront['options'][number]): string =>
    o.p99 && Number.isFinite(o.p99.value)
      ? `${short(o.p99.value)} (${short(o.p99.low)}–${short(o.p99.high)})`
      : 'untested';
  const cheapest = front.front[0];
  const lines = [
    cheapest
      ? `${short(rate)}/s fits ${front.feasible} of ${front.options.length} ways tried; the cheapest: ${wayOf(cheapest)}, bill ${rise(cheapest.billChange)}.`
      : `None of ${front.options.length} ways tried carries ${short(rate)}/s within every limit.`,
    front.binding.length > 0 ? `What binds: ${front.binding.join(', ')}.` : 'No limit binds alone.',
    '',
    ...columns([
      ['ways that no other beats', 'capacity', 'hours a week', 'bill', 'busy', 'p99 ms'],
      ...front.front.map((o) => [
        `${percent(o.cut)} less CPU a request`,
        `${short(o.capacity)}×`,
        short(o.hoursAWeek),
        rise(o.billChange),
        percent(o.used),
        p99(o),
      ]),
    ]),
    '',
    'What work saved is worth at that load, against adding capacity always on',
    ...columns([
      ['CPU a request', 'capacity needed', 'bill, always on', 'saved of the bill'],
      ...worth(front, share),
    ]),
    '',
    `The tier is taken as ${percent(share)} of the bill (--tier-share) and the peak as ${short(hours)} hours a week (--peak-hours): neither is said by the case. Work is counted as cut by the change, its own effort is in the report.`,
  ];
  return {
    lines,
    json: { kind: 'case', rate, binding: front.binding, feasible: front.feasible, front: front.front },
    chart: frontChart(front, known.objective.p99, known.costLimit),
  };
}

const wayOf = (o: CostFront['options'][number]): string =>
  `${o.cut > 0 ? `${percent(o.cut)} less CPU a request` : 'no work cut'}${o.capacity > 1 ? ` and ${short(o.capacity)} times the capacity ${o.hoursAWeek < 168 ? `for ${short(o.hoursAWeek)} hours a week` : 'always on'}` : ' on today’s capacity'}`;
const rise = (v: number): string => (v < 0.0005 ? 'as today' : `+${percent(v, 1)}`);

function worth(front: CostFront, share: number): string[][] {
  const atOne = front.options.find((o) => o.cut === 0 && o.capacity === 1)?.used ?? 0;
  const bill = (cut: number): { capacity: number; rise: number } => {
    const capacity = Math.max(1, (atOne * (1 - cut)) / 0.65);
    return { capacity, rise: (capacity - 1) * share };
  };
  const none = bill(0);
  return [0, 0.1, 0.2, 0.3, 0.4].map((cut) => {
    const b = bill(cut);
    return [
      cut === 0 ? 'as today' : `${percent(cut)} less`,
      `${short(b.capacity)}×`,
      rise(b.rise),
      cut === 0 ? '–' : percent(none.rise - b.rise, 1),
    ];
  });
}
