import {
  type Block,
  type Context,
  type Fact,
  num,
  type Phase,
  type RequestClass,
  type Subject,
  say,
  type Text,
  table,
} from '../domain/index.js';
import { calc } from './compose.js';

/** One level of load that the case names. */
export interface LoadPoint {
  phase: Phase;
  title: string;
  rate: Fact;
}

const TITLES: Record<Phase, string> = {
  baseline: 'Before',
  steady: 'Steady',
  any: 'Now',
  incident: 'Incident',
  peak: 'Peak',
  target: 'Target',
  planned: 'Event',
};
const ORDER = ['baseline', 'steady', 'any', 'incident', 'peak', 'target', 'planned'] as const;

/** Phases in which today's numbers hold, the worst first. */
export const NOW: readonly Phase[] = ['incident', 'peak', 'any', 'steady'];
/** Phases of what is asked for. */
export const AIM: readonly Phase[] = ['target', 'planned'];

/** True for the case as a whole: its own subject, or any system. */
export const isWhole = (context: Context, subject: Subject): boolean =>
  subject.id === context.app.id || subject.kind === 'system';

/**
 * The rates of the whole, in the order steady → peak → target, equal rates once. Taken from the app itself, else from
 * the one service or gateway that has any, else the sum over operations. A missing peak is steady × burst factor.
 */
export function loadPoints(context: Context): LoadPoint[] {
  const all = context.facts.every({ name: 'throughput' }).filter((f) => f.value > 0);
  const own = all.filter((f) => isWhole(context, f.subject));
  const hasNow = own.some((f) => !AIM.includes(f.phase));
  const chosen = hasNow ? own : [...own, ...front(context, all)];
  const given = ORDER.flatMap((phase) => {
    const fact = behindEdge(
      context,
      chosen.filter((f) => f.phase === phase),
    );
    return fact ? [{ phase, title: TITLES[phase], rate: fact }] : [];
  });
  return distinct([...given, ...implied(context, given)]);
}

/** The loads of one subject: of the whole for the whole; its own for an operation, none when nobody said them. */
export function loadsOf(context: Context, subject: Subject): LoadPoint[] {
  if (isWhole(context, subject)) return loadPoints(context);
  const own = context.facts.every({ name: 'throughput', subject }).filter((f) => f.value > 0);
  return ORDER.flatMap((phase) => {
    const rate = own.find((f) => f.phase === phase);
    return rate ? [{ phase, title: TITLES[phase], rate }] : [];
  });
}

/** Rates of the parts that face the callers: one service or gateway, or the sum over operations. */
function front(context: Context, all: readonly Fact[]): Fact[] {
  const services = all.filter(
    (f) => ['service', 'gateway', 'client'].includes(f.subject.kind) && !isWhole(context, f.subject),
  );
  const first = services[0];
  if (first) return services.filter((f) => f.subject.id === first.subject.id);
  const operations = all.filter((f) => f.subject.kind === 'operation' && !AIM.includes(f.phase));
  const byId = new Map<string, Fact>();
  for (const f of operations) if (!byId.has(f.subject.id)) byId.set(f.subject.id, f);
  const parts = [...byId.values()];
  const lead = parts[0];
  // One kind of work: what is planned of it is the load that is planned.
  if (!lead) {
    const aims = all.filter((f) => f.subject.kind === 'operation');
    return new Set(aims.map((f) => f.subject.id)).size === 1 ? aims : [];
  }
  if (parts.length === 1) return all.filter((f) => f.subject.id === lead.subject.id);
  // "portal 240 TPS", "rating 9,500 CDR/s": different work does not add up; the one whose latency is spoken of leads.
  if (new Set(parts.map(unitWords)).size > 1) {
    const timed = parts.find((f) =>
      context.facts.every({ subject: f.subject }).some((x) => /^latency\./.test(x.name)),
    );
    return all.filter((f) => f.subject.id === (timed ?? lead).subject.id);
  }
  return [
    calc(
      'throughput.sum',
      context.app,
      [parts.reduce((sum, f) => sum + f.value, 0), '1/s'],
      'sum over the operations named',
      parts,
      lead.phase,
    ),
  ];
}

/** The unit as written: "TPS", "CDR/s", "/s". */
const unitWords = (f: Fact): string => {
  const said = f.from.find((p) => p.kind === 'input');
  return said?.kind === 'input'
    ? said.text.replace(/^[\d.,\s~≈<>=]+(?:[kKM]\b|million|thousand)?\s*/, '').toLowerCase()
    : f.unit;
};

/** Of two rates of one phase whose ratio is the miss share of an edge cache, the smaller one is that of the app. */
function behindEdge(context: Context, rates: readonly Fact[]): Fact | undefined {
  const [first] = rates;
  const hit = context.facts
    .every({ name: 'cache.hitRatio', subjectKind: 'cdn' })
    .find((f) => f.value > 0 && f.value < 1);
  if (!first || !hit || rates.length < 2) return first;
  const inner = rates.find((r) =>
    rates.some(
      (edge) => edge.value > r.value && Math.abs((edge.value * (1 - hit.value)) / r.value - 1) < 0.2,
    ),
  );
  return inner ?? first;
}

/** Smaller multiples are as often said of something else than of the load. */
const SURGE = 1.8;

/** Peaks and events said as a multiple of a stated rate. */
function implied(context: Context, given: LoadPoint[]): LoadPoint[] {
  const base = given.find((p) => p.phase === 'steady' || p.phase === 'any' || p.phase === 'baseline');
  if (!base) return [];
  const has = (phase: Phase): boolean => given.some((p) => p.phase === phase);
  const made: LoadPoint[] = [];
  for (const factor of context.facts.every({ name: 'burst.factor' })) {
    const phase: Phase = factor.phase === 'planned' || factor.phase === 'target' ? factor.phase : 'peak';
    if (has(phase) || made.some((p) => p.phase === phase) || factor.value < SURGE) continue;
    // A rate well above the calm one was said already: that is the peak the multiple is about.
    if (phase === 'peak' && given.some((p) => !AIM.includes(p.phase) && p.rate.value > 1.5 * base.rate.value))
      continue;
    const value = base.rate.value * factor.value;
    made.push({
      phase,
      title: TITLES[phase],
      rate: calc(
        'throughput.implied',
        base.rate.subject,
        [value, '1/s'],
        'stated rate × burst factor',
        [base.rate, factor],
        phase,
      ),
    });
  }
  return made;
}

function distinct(points: LoadPoint[]): LoadPoint[] {
  const sorted = [...points].sort((a, b) => ORDER.indexOf(a.phase) - ORDER.indexOf(b.phase));
  // The more telling name wins: a peak over an incident at the same rate, an incident over "now".
  return sorted.filter(
    (p, i) => !sorted.some((q, j) => j > i && !AIM.includes(q.phase) && q.rate.value === p.rate.value),
  );
}

/** The highest load seen so far. */
export const topLoad = (points: readonly LoadPoint[]): LoadPoint | undefined =>
  points.filter((p) => !AIM.includes(p.phase)).reduce<LoadPoint | undefined>(higher, undefined);

/** The highest load asked for. */
export const aimedLoad = (points: readonly LoadPoint[]): LoadPoint | undefined =>
  points.filter((p) => AIM.includes(p.phase)).reduce<LoadPoint | undefined>(higher, undefined);

const higher = (a: LoadPoint | undefined, b: LoadPoint): LoadPoint =>
  a && a.rate.value >= b.rate.value ? a : b;

/** The load a fact of this phase was most likely seen under; facts without a phase are taken at the highest load seen. */
export function loadBehind(points: readonly LoadPoint[], fact: Fact): LoadPoint | undefined {
  const seen = points.filter((p) => !AIM.includes(p.phase));
  const calm = seen.find((p) => p.phase === 'steady') ?? seen.find((p) => p.phase === 'any');
  if (fact.phase === 'steady' || fact.phase === 'baseline') {
    return seen.find((p) => p.phase === fact.phase) ?? calm ?? topLoad(points);
  }
  return topLoad(points);
}

/** Share of the traffic that a class has. */
export interface ClassShare {
  subject: Subject;
  kind: RequestClass['kind'];
  share: Fact;
}

/** Classes of requests whose share was said. */
export function classShares(context: Context): ClassShare[] {
  return context.classes.flatMap((c) => {
    const fact =
      context.facts.all.find((f) => f.id === c.share) ??
      context.facts.find({ name: 'mix.share', subject: c.subject });
    return fact && fact.value > 0 && fact.value <= 1
      ? [{ subject: c.subject, kind: c.kind, share: fact }]
      : [];
  });
}

/** The share of reads or writes; when only the other one was said, what is left of it. */
export function shareOf(context: Context, kind: 'read' | 'write'): Fact | undefined {
  const shares = classShares(context);
  const own = shares.find((c) => c.kind === kind);
  if (own) return own.share;
  const other = shares.find((c) => c.kind === (kind === 'read' ? 'write' : 'read'));
  // What is left is the other kind only when no third class takes a part of it.
  return other && other.share.value < 1 && shares.length === 1
    ? calc(`mix.${kind}`, context.app, [1 - other.share.value, 'ratio'], `all − share of ${other.kind}s`, [
        other.share,
      ])
    : undefined;
}

/** Requests of a class a second at a load: rate × share. */
export const classRate = (context: Context, point: LoadPoint, share: Fact, word: string): Fact =>
  calc(
    `throughput.${word}`,
    context.app,
    [point.rate.value * share.value, '1/s'],
    `requests a second × share of ${word}s`,
    [point.rate, share],
    point.phase,
  );

export interface LoadRow {
  what: Text;
  how: Text;
  at: (point: LoadPoint) => Text;
}

/** A table with a column a level of load. The first row is the rate itself. */
export function loadTable(points: readonly LoadPoint[], rows: LoadRow[]): Block {
  return table(
    ['Quantity', 'How', ...points.map((p) => `> ${p.title}`)],
    [
      [say`Requests a second`, say`as said`, ...points.map((p) => say`${num(p.rate)}`)],
      ...rows.map((r) => [r.what, r.how, ...points.map(r.at)]),
    ],
  );
}
