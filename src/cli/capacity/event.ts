import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { eventPlan, others, type ReadyPlan } from '../../capacity/event.js';
import type { Today } from '../../capacity/today.js';
import { contended, rateAt } from '../../capacity/what-if.js';
import type { Estimate } from '../../models/capacity/fit.js';
import { forecastPeak } from '../../models/capacity/load-forecast.js';
import { calendarChart } from '../../report/capacity/calendar-chart.js';
import { short } from '../../report/load-run.js';
import { EXIT, UserError } from '../exit.js';
import { fromCase } from './from-case.js';
import { historyOf } from './history.js';
import type { CapacityEventOptions } from './options.js';
import { badOption, factorOption, numberOption, timeOption, within } from './words.js';

const MINUTE = 60_000;
const DAY_MS = 86_400_000;
/** Without a history the forecast of a stated load is taken to be off by so much either way. */
const STATED_SPREAD = 0.2;

/** `capacity event`: ready for an announced load: forecast, test, schedule, freeze, shedding, go or no-go. */
export async function runCapacityEvent(
  inputs: readonly string[],
  options: CapacityEventOptions,
): Promise<number> {
  const startMs = timeOf(options.at);
  const durationMinutes = Math.round(timeOption('--duration', options.duration) / MINUTE);
  const today: Today =
    inputs.length > 0
      ? (await fromCase(inputs, { evidence: [] })).today
      : { name: 'the service', objective: {}, latency: [], resources: [], dependencies: [] };
  const { load, how, chart } = await loadOf(today, startMs, options);
  const plan = eventPlan(today, {
    startMs,
    durationMinutes,
    load,
    startSeconds: timeOption('--start', options.start) / 1000,
    optional: others(today).map((d) => d.name),
  });
  const markdown = eventMarkdown(today, plan, { startMs, load, how });
  await mkdir(options.out, { recursive: true });
  await Promise.all([
    writeFile(join(options.out, 'event.md'), markdown),
    writeFile(join(options.out, 'load-plan.yaml'), loadPlan(today, plan)),
    ...(chart ? [writeFile(join(options.out, 'headroom.svg'), chart)] : []),
  ]);
  const noGo = plan.checks.filter((c) => c.state === 'no-go');
  if (options.json) process.stdout.write(`${JSON.stringify({ load, ...plan }, null, 1)}\n`);
  else
    process.stdout.write(
      `${markdown}\n${relative(process.cwd(), join(options.out, 'event.md'))}, load-plan.yaml${chart ? ', headroom.svg' : ''}\n`,
    );
  return noGo.length > 0 ? EXIT.checkFailed : EXIT.fine;
}

function timeOf(text: string): number {
  const iso = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})?$/.exec(text);
  const ms = iso ? Date.parse(iso[2] ? text : `${text}Z`) : Number.NaN;
  if (!Number.isFinite(ms)) throw badOption('--at', text, '2026-11-27T18:00Z');
  return ms;
}

async function loadOf(
  today: Today,
  startMs: number,
  options: CapacityEventOptions,
): Promise<{ load: Estimate; how: string; chart?: string }> {
  const factor = options.factor === undefined ? undefined : factorOption('--factor', options.factor);
  if (options.history !== undefined) {
    const file = options.history;
    const { series, daily } = await historyOf(file, '--rate');
    const ended = (series.startAt + series.ratePerSecond.length) * MINUTE;
    const days = Math.max(1, Math.ceil((startMs - ended) / DAY_MS));
    if (startMs < ended)
      throw new UserError(
        EXIT.badInput,
        'The event starts before the history ends.',
        `--at ${options.at}`,
        'Give a time after the last row.',
      );
    if (days > 400)
      throw new UserError(
        EXIT.badInput,
        `The event is ${days} days after the history ends.`,
        `--at ${options.at}`,
        'Check the year, or give a newer history.',
      );
    const load = forecastPeak(daily, days, factor ?? 1);
    const resource = contended(today);
    const planning = resource ? rateAt(resource, today, {}, 0.65) : undefined;
    return {
      load,
      how: `daily peaks of ${daily.peaks.length} days, ${(daily.growth * 100).toFixed(2)} % growth a day, the shape of the week${daily.peaks.length < 14 ? ' unknown (less than two weeks)' : ''}, ${days} days on${factor === undefined ? '; the event itself is taken to add nothing: give --factor' : `, times ${short(factor)} for the event`}`,
      chart: calendarChart(daily, Math.min(90, Math.max(14, days)), planning),
    };
  }
  const base = options.rate === undefined ? today.target : numberOption('--rate', options.rate);
  const value = base ?? (today.rate !== undefined && factor !== undefined ? today.rate * factor : undefined);
  if (value === undefined)
    throw new UserError(
      EXIT.badInput,
      'No load of the event is known.',
      'the command line',
      'Give --rate, a case with the load asked for, or --history with --factor.',
    );
  return {
    load: { value, low: value * (1 - STATED_SPREAD), high: value * (1 + STATED_SPREAD) },
    how: `as said; without a history (--history) a fifth either way stands in for how far such a figure is off`,
  };
}

const stamp = (startMs: number, minute: number): string =>
  new Date(startMs + minute * MINUTE).toISOString().slice(0, 16).replace('T', ' ');

/** Text of others in a Markdown table: no pipes, line ends or markup. */
const plainCell = (text: string): string => text.replace(/[|\r\n<>`*_[\]]/g, ' ').slice(0, 200);

function eventMarkdown(
  today: Today,
  plan: ReadyPlan,
  e: { startMs: number; load: Estimate; how: string },
): string {
  const table = (head: string[], rows: string[][]): string =>
    [
      `| ${head.join(' | ')} |`,
      `|${head.map(() => '---').join('|')}|`,
      ...rows.map((r) => `| ${r.map(plainCell).join(' | ')} |`),
    ].join('\n');
  const noGo = plan.checks.filter((c) => c.state === 'no-go');
  const open = plan.checks.filter((c) => c.state === 'untested');
  return `# Ready for ${stamp(e.startMs, 0)} UTC: ${plainCell(today.name)}

**${noGo.length > 0 ? `No-go as it stands: ${noGo.map((c) => plainCell(c.what)).join(', ')}.` : open.length > 0 ? `Not yet decided: ${open.length} checks are untested.` : 'Go.'}** Load to be ready for: ${within(e.load)} requests a second.

## Load
${e.how}.

## Test before it
${table(
  ['Rate', 'Minutes', 'Shows'],
  plan.test.map((t) => [`${short(t.rate)}/s`, String(t.minutes), t.shows]),
)}

\`kneepoint load run load-plan.yaml\` runs the third and fourth step; it passes when the run is valid and its objectives are met.

## When (UTC)
${table(
  ['At', 'What'],
  plan.schedule.map((s) => [stamp(e.startMs, s.atMinute), s.what]),
)}

Roll back when p99 or errors break the objective for five minutes and the change made last can be undone; shed first when the load is above the forecast.

## What is given up, in order
${plan.shed.map((s, i) => `${i + 1}. ${plainCell(s)}`).join('\n')}

## Go or no-go
${table(
  ['Check', 'Needed', 'Known', 'State'],
  plan.checks.map((c) => [c.what, c.needed, c.known, c.state]),
)}
`;
}

/** A plan for `kneepoint load run`: up to the forecast, held, then its high end. */
function loadPlan(today: Today, plan: ReadyPlan): string {
  const [start, , full, high] = plan.test.map((t) => Math.round(t.rate));
  const goal = today.objective.p99;
  const read = today.readShare;
  return `# Arrivals keep their rate whatever comes back. Name your host under target and the paths under requests.
name: event
target: http://127.0.0.1:8080
warmupSeconds: 60
arrivals:
  process: poisson
  stages:
    - { rate: ${start}, seconds: 60 }
    - { from: ${start}, to: ${full}, seconds: 300 }
    - { rate: ${full}, seconds: 1200 }
    - { rate: ${high}, seconds: 600 }
requests:
  - { name: read, weight: ${read === undefined ? 1 : Number(Math.max(0.001, read).toFixed(3))}, method: GET, path: / }
${read === undefined || read >= 1 ? '' : `  - { name: write, weight: ${Number((1 - read).toFixed(3))}, method: POST, path: /, body: '{}' }\n`}slo:
${goal === undefined ? '  # p99Ms: the objective\n' : `  p99Ms: ${Number(goal.toPrecision(4))}\n`}  errorRatio: 0.005
`;
}
