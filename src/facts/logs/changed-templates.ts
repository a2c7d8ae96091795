import { type LogTemplate, logMiner } from '../../models/log-templates.js';
import { quantile, sorted } from '../../models/quantile.js';
import { regularisedBeta } from '../../models/special.js';

/** One log record, as far as templates need it. In order of time. */
export interface LogLine {
  atMs: number;
  phase: 'baseline' | 'incident';
  service: string;
  severity: string;
  message: string;
  traceId: string;
}

/** A template whose frequency changed beyond chance. */
export interface ChangedTemplate {
  service: string;
  severity: string;
  template: string;
  kind: 'new' | 'gone' | 'more' | 'less';
  /** Lines in each phase. */
  before: number;
  during: number;
  /** Times what the baseline lets expect for the incident; infinite for new ones. */
  factor: number;
  /** Of the first line in the incident (for gone ones: of the last line before). */
  atMs: number;
  /** Chance of such a change among all templates compared (Bonferroni), bursts taken into account. */
  pValue: number;
  /** Some traces that it was logged in, during the incident. */
  traceIds: string[];
}

/** Parts of each phase by which bursts are told from lasting change. */
const PARTS = 20;
const SIGNIFICANT = 0.01;
/** Less than twice as much, or more than half, is no change that anyone acts on. */
const LEAST_FACTOR = 2;
/** Templates with fewer lines a phase say nothing of how the load of a service grew. */
const COMMON = 10;
const TRACES = 50;

interface Counted {
  service: string;
  severity: string;
  template: LogTemplate;
  before: Float64Array;
  during: Float64Array;
  first: number;
  last: number;
  traceIds: string[];
}

/** Collects lines one by one; `changes` compares the phases. Memory grows with templates, not with lines. */
export function templateCounter(spans: { baseline: [number, number]; incident: [number, number] }): {
  add(line: LogLine): void;
  /** `services` are those that logged in both phases, with their lines during the incident. */
  changes(): {
    changed: ChangedTemplate[];
    compared: number;
    lines: number;
    services: ReadonlyMap<string, number>;
  };
} {
  const miners = new Map<string, ReturnType<typeof logMiner>>();
  const counts = new Map<string, Counted>();
  let lines = 0;
  return {
    add(line) {
      lines++;
      const miner = miners.get(line.service) ?? logMiner();
      miners.set(line.service, miner);
      const template = miner.add(line.message);
      const key = `${line.service}\n${template.id}`;
      const entry = counts.get(key) ?? fresh(line, template);
      counts.set(key, entry);
      if (line.phase === 'incident') {
        if (entry.first > line.atMs) entry.first = line.atMs;
        if (line.traceId !== '' && entry.traceIds.length < TRACES) entry.traceIds.push(line.traceId);
      } else if (entry.last < line.atMs) entry.last = line.atMs;
      const [from, to] = spans[line.phase];
      const part = Math.min(
        PARTS - 1,
        Math.max(0, Math.floor(((line.atMs - from) / Math.max(1, to - from)) * PARTS)),
      );
      const parts = line.phase === 'incident' ? entry.during : entry.before;
      parts[part] = (parts[part] as number) + 1;
    },
    changes: () => ({
      ...compare([...counts.values()], spans),
      lines,
      services: inBoth([...counts.values()]),
    }),
  };
}

function inBoth(all: readonly Counted[]): Map<string, number> {
  const lines = new Map<string, number>();
  for (const service of [...new Set(all.map((c) => c.service))].sort()) {
    const own = all.filter((c) => c.service === service);
    const [before, during] = [own, own].map((x, i) =>
      x.reduce((n, c) => n + sum(i === 0 ? c.before : c.during), 0),
    ) as [number, number];
    if (before > 0 && during > 0) lines.set(service, during);
  }
  return lines;
}

const fresh = (line: LogLine, template: LogTemplate): Counted => ({
  service: line.service,
  severity: line.severity,
  template,
  before: new Float64Array(PARTS),
  during: new Float64Array(PARTS),
  first: Number.POSITIVE_INFINITY,
  last: Number.NEGATIVE_INFINITY,
  traceIds: [],
});

/**
 * Counts before and during are compared by the binomial test at the ratio that the service's common templates show
 * (its load may have grown), after division by their dispersion over the parts of a phase: a burst of a thousand lines
 * in one second is one event.
 */
function compare(
  all: readonly Counted[],
  spans: { baseline: [number, number]; incident: [number, number] },
): { changed: ChangedTemplate[]; compared: number } {
  const lasted = ([from, to]: [number, number]): number => Math.max(1, to - from);
  const byTime = lasted(spans.incident) / lasted(spans.baseline);
  const ratios = new Map(
    [...new Set(all.map((c) => c.service))].map((service) => [
      service,
      loadRatio(
        all.filter((c) => c.service === service),
        byTime,
      ),
    ]),
  );
  const changed = all.flatMap((c): ChangedTemplate[] => {
    const ratio = ratios.get(c.service) ?? byTime;
    const [before, during] = [sum(c.before), sum(c.during)];
    const factor = during / (before * ratio);
    const dispersion = Math.max(1, spread(c.before), spread(c.during));
    const [x, y] = [before / dispersion, during / dispersion];
    const p0 = ratio / (1 + ratio);
    const chance = factor > 1 ? atLeast(y, x + y, p0) : 1 - atLeast(y + 1, x + y, p0);
    const pValue = Math.min(1, chance * all.length);
    if (pValue > SIGNIFICANT || (factor < LEAST_FACTOR && factor > 1 / LEAST_FACTOR)) return [];
    return [
      {
        service: c.service,
        severity: c.severity,
        template: c.template.words.join(' '),
        kind: before === 0 ? 'new' : during === 0 ? 'gone' : factor > 1 ? 'more' : 'less',
        before,
        during,
        factor,
        atMs: during === 0 ? c.last : c.first,
        pValue,
        traceIds: c.traceIds,
      },
    ];
  });
  return { changed: changed.sort(order), compared: all.length };
}

/** What says most about a cause first: errors before others, new before more, then by lines. */
const order = (a: ChangedTemplate, b: ChangedTemplate): number =>
  Number(isBad(b)) - Number(isBad(a)) ||
  KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) ||
  Math.max(b.during, b.before) - Math.max(a.during, a.before) ||
  (`${a.service}\n${a.template}` < `${b.service}\n${b.template}` ? -1 : 1);
const KINDS = ['new', 'more', 'gone', 'less'] as const;

/** Whether the message reports trouble, by its severity or its words. */
export const isBad = (t: { severity: string; template: string }): boolean =>
  /warn|err|fatal|crit|alert|emerg|panic/i.test(t.severity) ||
  /\b(?:fail\w*|time[ds]?[ -]?out|timeout|exception|refused|exhausted|panic|reject\w*|denied|deadlock|unavailable|retry\w*)\b/i.test(
    t.template,
  );

/** How much more the service logs of what it always logs; by time when nothing is common. */
function loadRatio(of: readonly Counted[], byTime: number): number {
  const common = of.filter((c) => sum(c.before) >= COMMON && sum(c.during) >= COMMON);
  if (common.length < 3) return byTime;
  return quantile(sorted(common.map((c) => sum(c.during) / sum(c.before))), 0.5);
}

/** P(X ≥ x) of a binomial of `n` trials, for counts that need not be whole. */
const atLeast = (x: number, n: number, p: number): number =>
  x <= 0 ? 1 : x > n ? 0 : regularisedBeta(p, x, n - x + 1);

/** Variance over mean of the parts. */
function spread(parts: Float64Array): number {
  const mean = sum(parts) / parts.length;
  if (mean === 0) return 1;
  let squares = 0;
  for (const p of parts) squares += (p - mean) ** 2;
  return squares / (parts.length - 1) / mean;
}

const sum = (values: Float64Array): number => values.reduce((a, b) => a + b, 0);
