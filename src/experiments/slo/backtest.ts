import { selectorsOf } from '../../evidence/readers/promql/ast.js';
import { type Firing, newEngine } from '../rules/engine.js';
import type { Rule, RuleGroup } from '../rules/rule-file.js';
import type { History } from './history.js';

/** A time at which something is known to have been wrong. */
export interface Incident {
  name: string;
  startMs: number;
  endMs: number;
}
export interface IncidentOutcome {
  incident: Incident;
  /** Seconds from its start to the first page, and from its end to the last page's end; absent when no page came. */
  detectedAfterS: number | undefined;
  resetAfterS: number | undefined;
}
export interface Backtest {
  firings: readonly Firing[];
  weeks: number;
  /** Times that somebody was woken: pages that overlap or follow within a quarter of an hour are one. */
  pages: { startMs: number; endMs: number; incident: string | undefined }[];
  pagesPerWeek: number;
  ticketsPerWeek: number;
  incidents: IncidentOutcome[];
  /** Share of pages that belong to an incident, and of incidents that were paged; `undefined` without any. */
  precision: number | undefined;
  recall: number | undefined;
}

const ONE_PAGE_MS = 900_000;
const WEEK_MS = 604_800_000;
/** A page that begins so soon after an incident still belongs to it: windows lag. */
const GRACE_MS = 900_000;

/** Runs rules over a history and holds what fires against the incidents that are known. */
export function backtest(
  groups: readonly RuleGroup[],
  history: History,
  incidents: readonly Incident[],
  everyMs = 60_000,
): Backtest {
  const engine = newEngine(neededForAlerts(groups), history.storage);
  for (let t = history.startMs; t <= history.endMs; t += everyMs) engine.step(t);
  return judged(engine.firings, history, incidents);
}

/** Alerts and what they read, step by step: the budget of a month need not be summed at every minute of the past. */
export function neededForAlerts(groups: readonly RuleGroup[]): RuleGroup[] {
  const rules = groups.flatMap((g) => g.rules);
  const needed = new Set<Rule>(rules.filter((r) => r.kind === 'alert'));
  const queue = [...needed];
  for (let r = queue.pop(); r; r = queue.pop())
    for (const s of selectorsOf(r.expr))
      for (const made of rules)
        if (made.kind === 'record' && made.name === s.metric && !needed.has(made)) {
          needed.add(made);
          queue.push(made);
        }
  return groups.map((g) => ({ ...g, rules: g.rules.filter((r) => needed.has(r)) }));
}

export const isPage = (f: Firing): boolean =>
  !/ticket|warn|info|low|minor/i.test(f.labels.severity ?? 'page');

function judged(firings: readonly Firing[], history: History, incidents: readonly Incident[]): Backtest {
  const weeks = Math.max(1e-9, (history.endMs - history.startMs) / WEEK_MS);
  const pages = episodes(firings.filter(isPage)).map((e) => ({
    ...e,
    incident: incidents.find((i) => e.startMs <= i.endMs + GRACE_MS && e.endMs >= i.startMs)?.name,
  }));
  const outcomes = incidents.map((incident): IncidentOutcome => {
    const of = pages.filter((p) => p.startMs <= incident.endMs + GRACE_MS && p.endMs >= incident.startMs);
    const [first, last] = [of[0], of.at(-1)];
    return {
      incident,
      detectedAfterS: first ? Math.max(0, (first.startMs - incident.startMs) / 1000) : undefined,
      resetAfterS: last ? Math.max(0, (last.endMs - incident.endMs) / 1000) : undefined,
    };
  });
  const found = outcomes.filter((o) => o.detectedAfterS !== undefined).length;
  return {
    firings,
    weeks,
    pages,
    pagesPerWeek: pages.length / weeks,
    ticketsPerWeek: episodes(firings.filter((f) => !isPage(f))).length / weeks,
    incidents: outcomes,
    precision:
      incidents.length === 0 || pages.length === 0
        ? undefined
        : pages.filter((p) => p.incident !== undefined).length / pages.length,
    recall: incidents.length === 0 ? undefined : found / incidents.length,
  };
}

function episodes(firings: readonly Firing[]): { startMs: number; endMs: number }[] {
  const out: { startMs: number; endMs: number }[] = [];
  for (const f of [...firings].sort((a, b) => a.startMs - b.startMs)) {
    const last = out.at(-1);
    if (last && f.startMs <= last.endMs + ONE_PAGE_MS) last.endMs = Math.max(last.endMs, f.endMs);
    else out.push({ startMs: f.startMs, endMs: f.endMs });
  }
  return out;
}

/** True when `a` serves better: more incidents paged, then fewer idle pages, then sooner. */
export function serveBetter(a: Backtest, b: Backtest): boolean {
  const score = (x: Backtest): [number, number, number] => {
    const times = x.incidents.flatMap((i) => (i.detectedAfterS === undefined ? [] : [i.detectedAfterS]));
    return [
      x.recall ?? 1,
      -x.pages.filter((p) => p.incident === undefined).length,
      -times.reduce((s, t) => s + t, 0) / Math.max(1, times.length),
    ];
  };
  const [x, y] = [score(a), score(b)];
  for (let i = 0; i < 3; i++) if (x[i] !== y[i]) return (x[i] as number) > (y[i] as number);
  return false;
}
