import type { SloPlan } from '../deliverables/slo/plan.js';
import { ruleFile } from '../deliverables/slo/rules.js';
import { csvFields, separatorOf } from '../evidence/readers/csv.js';
import { parsePromql } from '../evidence/readers/promql/parse.js';
import { parseTimeNs } from '../evidence/readers/time.js';
import { FileError } from '../evidence/readers/yaml-file.js';
import { evaluateVector } from '../experiments/rules/evaluate.js';
import { lintRules } from '../experiments/rules/lint.js';
import { readRuleFile } from '../experiments/rules/rule-file.js';
import { EvaluationError } from '../experiments/rules/vectors.js';
import { type Backtest, backtest, type Incident, serveBetter } from '../experiments/slo/backtest.js';
import { type History, readHistory } from '../experiments/slo/history.js';
import { suggestObjectives } from '../models/slo/suggest.js';
import { EXIT, UserError } from './exit.js';
import { groupsOf, inFile, plansOf, readText } from './slo-files.js';

export interface SloBacktestOptions {
  incidents?: string;
  json?: boolean;
}

export interface SloSuggestOptions {
  spec?: string;
  days: string;
  json?: boolean;
}

const short = (x: number): string => String(Number(x.toPrecision(3)));
const percent = (x: number): string => `${Number((x * 100).toFixed(4))} %`;

/** `slo check`: 0 no known defect, 1 some. */
export function runSloCheck(files: readonly string[], options: { json?: boolean }): number {
  const found = files.flatMap((file) =>
    lintRules(inFile(file, () => readRuleFile(readText(file)))).map((d) => ({ file, ...d })),
  );
  if (options.json) process.stdout.write(`${JSON.stringify({ defects: found })}\n`);
  else
    process.stdout.write(
      found.length === 0
        ? 'No known defect.\n'
        : found.map((d) => `${d.file}:${d.line} ${d.rule}: ${d.what}.\n  to do: ${d.todo}\n`).join(''),
    );
  return found.length > 0 ? EXIT.checkFailed : EXIT.fine;
}

const HOUR_MS = 3_600_000;

/** `slo suggest`: objectives from what happened. */
export function runSloSuggest(path: string, options: SloSuggestOptions): number {
  const days = Number(options.days);
  if (!(days >= 1 && days <= 366))
    throw new UserError(EXIT.badInput, `--days ${options.days} is no length.`, '--days', 'Give 1 to 366.');
  const history = inFile(path, () => readHistory(readText(path)));
  const named = options.spec
    ? plansOf(options.spec)
        .filter((p) => p.rates)
        .map((p) => ({ name: p.spec.id, bad: p.rates?.bad('1h') ?? '', total: p.rates?.total('1h') ?? '' }))
    : [
        {
          name: 'the table',
          bad: 'sum(increase(events_total{result="bad"}[1h]))',
          total: 'sum(increase(events_total[1h]))',
        },
      ];
  if (!options.spec && !history.counts)
    throw new UserError(
      EXIT.badInput,
      'Nothing tells good from bad in these series.',
      path,
      'Give --spec with its queries.',
    );
  const answers = named.map((n) => ({
    name: n.name,
    ...suggestObjectives(periodsOf(history, n, days * 24 * HOUR_MS)),
  }));
  if (options.json) process.stdout.write(`${JSON.stringify(answers)}\n`);
  else
    for (const a of answers)
      process.stdout.write(
        [
          a.suggested
            ? `${a.name}: ${percent(a.suggested.objective)} was kept in all ${a.suggested.periods} periods; ${percent(a.suggested.medianRemaining)} of the budget was left in the median one.`
            : `${a.name}: no usual objective was kept in every period with budget to spare.`,
          ...a.table
            .filter((r) => r.periods > 0)
            .map(
              (r) =>
                `  ${percent(r.objective).padEnd(12)} kept ${r.kept} of ${r.periods}, left in the worst ${percent(r.worstRemaining)}`,
            ),
          '',
        ].join('\n'),
      );
  return EXIT.fine;
}

/** Sums by period; a last one that is less than half full is left out. */
function periodsOf(
  history: History,
  q: { bad: string; total: string },
  lengthMs: number,
): { good: number; total: number }[] {
  const [bad, total] = [parsePromql(q.bad), parsePromql(q.total)];
  const sum = (e: typeof bad, t: number): number =>
    evaluateVector(e, history.storage, t).reduce((s, v) => s + (Number.isFinite(v.value) ? v.value : 0), 0);
  const out: { good: number; total: number }[] = [];
  for (let from = history.startMs; from < history.endMs; from += lengthMs) {
    const to = Math.min(from + lengthMs, history.endMs);
    if (out.length > 0 && to - from < lengthMs / 2) break;
    let good = 0;
    let all = 0;
    for (let t = from + HOUR_MS; t <= to; t += HOUR_MS) {
      const events = sum(total, t);
      all += events;
      good += Math.max(0, events - sum(bad, t));
    }
    out.push({ good, total: all });
  }
  return out;
}

/** `slo backtest`: 0 every known incident was paged, 1 one was not. */
export function runSloBacktest(rules: string, path: string, options: SloBacktestOptions): number {
  const { groups, plans } = groupsOf(rules);
  const incidents = options.incidents ? readIncidents(options.incidents) : [];
  const text = readText(path);
  const replay = (g: typeof groups): Backtest => {
    try {
      return backtest(
        g,
        inFile(path, () => readHistory(text)),
        incidents,
      );
    } catch (error) {
      if (error instanceof EvaluationError)
        throw new UserError(
          EXIT.badInput,
          `${error.message}.`,
          rules,
          'Only what rules of promises use is evaluated here.',
        );
      throw error;
    }
  };
  const result = replay(groups);
  const better = incidents.length > 0 && plans.length > 0 ? betterOf(plans, result, replay) : undefined;
  if (options.json) process.stdout.write(`${JSON.stringify({ ...result, better })}\n`);
  else process.stdout.write(told(result, better));
  return result.recall !== undefined && result.recall < 1 ? EXIT.checkFailed : EXIT.fine;
}

/** Times of the share of the budget that a page waits for; 1 is the usual. */
const SPENT_TIMES = [0.5, 2] as const;
interface Better {
  change: string;
  pagesPerWeek: number;
  recall: number | undefined;
  precision: number | undefined;
}

/** The same promises with pages that wait for less or more of the budget, where one of them serves better. */
function betterOf(
  plans: readonly SloPlan[],
  now: Backtest,
  replay: (g: ReturnType<typeof readRuleFile>) => Backtest,
): Better | undefined {
  let best = now;
  let change = '';
  for (const times of SPENT_TIMES) {
    const other = plans.map((p): SloPlan => ({ ...p, alerts: p.alerts.map((a) => scaled(a, p, times)) }));
    const result = replay(readRuleFile(ruleFile(other)));
    if (!serveBetter(result, best)) continue;
    best = result;
    change = `let pages wait for ${times} times the usual share of the budget (factors × ${times})`;
  }
  return best === now
    ? undefined
    : { change, pagesPerWeek: best.pagesPerWeek, recall: best.recall, precision: best.precision };
}

const scaled = (a: SloPlan['alerts'][number], p: SloPlan, times: number): SloPlan['alerts'][number] =>
  a.severity !== 'page' || a.outage
    ? a
    : {
        ...a,
        spent: a.spent * times,
        factor: a.factor * times,
        threshold: Math.min(0.99, a.factor * times * p.budget),
      };

const iso = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z');
const minutes = (s: number): string => `${short(s / 60)} min`;

function told(r: Backtest, better: Better | undefined): string {
  return [
    `${short(r.weeks)} weeks replayed: ${short(r.pagesPerWeek)} pages and ${short(r.ticketsPerWeek)} tickets a week.`,
    ...(r.recall === undefined
      ? []
      : [
          `Incidents paged: ${percent(r.recall)}. Pages that were one: ${r.precision === undefined ? 'no page came' : percent(r.precision)}.`,
        ]),
    ...r.incidents.map((i) =>
      i.detectedAfterS === undefined
        ? `  ${i.incident.name}: no page`
        : `  ${i.incident.name}: paged after ${minutes(i.detectedAfterS)}, ended ${minutes(i.resetAfterS ?? 0)} after it`,
    ),
    ...r.pages
      .filter((p) => p.incident === undefined)
      .map((p) => `  page without a known incident: ${iso(p.startMs)} to ${iso(p.endMs)}`),
    ...(better ? [`Better: ${better.change}: ${short(better.pagesPerWeek)} pages a week.`] : []),
    '',
  ].join('\n');
}

function readIncidents(path: string): Incident[] {
  return inFile(path, () => {
    const lines = readText(path)
      .replace(/^\uFEFF/, '')
      .split(/\r?\n/);
    const separator = separatorOf(lines[0] ?? '') ?? ',';
    const columns = (csvFields(lines[0] ?? '', separator) ?? []).map((c) => c.toLowerCase());
    const [name, start, end] = ['name', 'start', 'end'].map((c) => columns.indexOf(c));
    if (start === undefined || end === undefined || start < 0 || end < 0)
      throw new FileError('there is no start and end', 1, 'Give the columns name, start, end.');
    return lines.slice(1).flatMap((raw, i): Incident[] => {
      if (raw.trim() === '') return [];
      const fields = csvFields(raw, separator) ?? [];
      const [from, to] = [parseTimeNs(fields[start]), parseTimeNs(fields[end])];
      if (from === undefined || to === undefined || to < from)
        throw new FileError(
          'its times cannot be read, or it ends before it begins',
          i + 2,
          'Write ISO 8601 or an epoch.',
        );
      return [
        {
          name: (name !== undefined && name >= 0 && fields[name]) || `incident ${i + 1}`,
          startMs: Number(from / 1_000_000n),
          endMs: Number(to / 1_000_000n),
        },
      ];
    });
  });
}
