import {
  type Context,
  derived,
  type Fact,
  type Finding,
  join,
  list,
  name,
  num,
  type Result,
  say,
  type Text,
} from '../domain/index.js';
import { isMaterial, type SettledBudget } from './budget.js';

/** Causes that carry less than this are in the report but not in the one sentence. */
const NAMED_SHARE = 0.1;
const NAMED_CAUSES = 4;
/** Stated facts name at most this many suspects in the one sentence. */
const NAMED_SUSPECTS = 3;
/** Fewer recorded requests than this show no pattern, and rule none out. */
const ENOUGH_REQUESTS = 20;

/** The probability of a finding as a fact, so that a text can show it. */
export const probabilityFact = (finding: Finding): Fact =>
  derived(
    {
      name: 'finding.probability',
      subject: { ...finding.subject, id: finding.id },
      value: finding.probability,
      unit: 'none',
    },
    'logistic of the prior log-odds plus the log likelihood ratios of the observations listed under the finding',
    [],
  );

/** The one sentence in front: what got slow, by how much, why, how sure. */
export function verdictOf(
  findings: readonly Finding[],
  context: Context,
  settled: SettledBudget | undefined,
): Result['verdict'] {
  const telemetry = context.telemetry;
  if (telemetry?.hasBaseline && settled) {
    if (!isMaterial(telemetry)) return nothingSlower(context);
    const named = findings
      .filter((f) => f.verdict === 'supported' && (f.claim?.share ?? 0) >= NAMED_SHARE)
      .sort((a, b) => (b.claim?.share ?? 0) - (a.claim?.share ?? 0))
      .slice(0, NAMED_CAUSES);
    return named.length > 0 ? causes(named, context, settled) : unexplained(findings, context);
  }
  const supported = findings.filter((f) => f.verdict === 'supported');
  if (supported.length > 0) return supportedOnly(supported, context);
  if (telemetry) return nothingStands(context);
  if (isAboutSpend(context)) return cannotTell(context);
  const plausible = findings.filter((f) => f.verdict === 'plausible').slice(0, NAMED_SUSPECTS);
  return plausible.length > 0 ? suspects(plausible, findings, context) : cannotTell(context);
}

function causes(
  named: readonly Finding[],
  context: Context,
  { budget, facts }: SettledBudget,
): Result['verdict'] {
  const fact = (id: string): Fact => facts.find((f) => f.id === id) as Fact;
  const clauses = named.map((f, i) => {
    const share = fact(f.claim?.facts[1] ?? '');
    const sure = num(probabilityFact(f), { digits: 2 });
    return i === 0
      ? say`${f.title} carries ${num(share, { digits: 2 })} of the excess (probability ${sure})`
      : say`${uncapital(f.title)} carries ${num(share, { digits: 2 })} (${sure})`;
  });
  return {
    kind: 'cause-found',
    text: say`${rise(context)} ${list(clauses)}; ${num(fact(budget.unexplainedShare), { digits: 2 })} is unexplained.`,
    findings: named.map((f) => f.id),
  };
}

/** "`POST /checkout` p99 rose 480 → 1 800 ms." */
function rise(context: Context): Text {
  const entry = context.telemetry?.entry ?? context.app;
  const before = context.facts.find({ name: 'latency.p99', subject: entry, phase: 'baseline' });
  const now = context.facts.find({ name: 'latency.p99', subject: entry, phase: 'incident' });
  if (before && now) {
    const verb = now.value >= before.value ? 'rose' : 'went';
    return say`${name(entry.name)} p99 ${verb} ${num(before)} → ${num(now)}.`;
  }
  const excess = context.telemetry?.excess;
  return excess
    ? say`Slow requests of ${name(entry.name)} take ${num(excess.incident)}, ${num(excess.total)} more than before.`
    : say`${name(entry.name)} is slower.`;
}

function nothingSlower(context: Context): Result['verdict'] {
  const entry = context.telemetry?.entry ?? context.app;
  const excess = context.telemetry?.excess;
  const text = excess
    ? say`No cause to name: slow requests of ${name(entry.name)} take ${num(excess.incident)} against ${num(excess.baseline)} before, which is within normal variation.`
    : say`No cause to name in ${name(entry.name)}.`;
  return { kind: 'no-cause', text, findings: [] };
}

function unexplained(findings: readonly Finding[], context: Context): Result['verdict'] {
  const open = findings
    .filter((f) => f.verdict === 'untested' || f.verdict === 'plausible')
    .slice(0, NAMED_SUSPECTS);
  const next =
    open.length > 0
      ? say` Not yet tested: ${list(open.map((f) => f.title))}; section 2 has the commands that decide.`
      : say` No hypothesis of the catalogue fits what was recorded.`;
  return {
    kind: 'cannot-tell',
    text: say`${rise(context)} The evidence given does not show why.${next}`,
    findings: [],
  };
}

function supportedOnly(supported: readonly Finding[], context: Context): Result['verdict'] {
  const named = supported.slice(0, NAMED_CAUSES);
  const clauses = named.map((f) => say`${f.title} (probability ${num(probabilityFact(f), { digits: 2 })})`);
  return {
    kind: 'cause-found',
    text: say`${name(context.app.name)}: ${list(clauses)}. Without telemetry from before, shares of the slowdown cannot be given.`,
    findings: named.map((f) => f.id),
  };
}

function nothingStands(context: Context): Result['verdict'] {
  const entry = context.telemetry?.entry ?? context.app;
  const p99 = context.facts.find({ name: 'latency.p99', subject: entry, phase: 'incident' });
  const target = context.facts.find({ name: 'latency.p99', phase: 'target' });
  const level = p99
    ? target
      ? say` Its p99 is ${num(p99)}; the target is ${num(target)}.`
      : say` Its p99 is ${num(p99)}.`
    : say``;
  const requests = context.facts.find({ name: 'requests.count', subject: entry, phase: 'incident' });
  // A pattern must be seen in several slow requests; of a handful neither its presence nor its lack tells anything.
  if (requests && requests.value < ENOUGH_REQUESTS)
    return {
      kind: 'cannot-tell',
      text: say`Cannot tell: only ${num(requests)} requests of ${name(entry.name)} were recorded.${level} Section 2 lists what to record.`,
      findings: [],
    };
  return {
    kind: 'no-cause',
    text: say`No cause to name: nothing recorded of ${name(entry.name)} is saturated or shows a known pattern.${level} To compare, give telemetry from another time with ${name('--baseline')}.`,
    findings: [],
  };
}

function suspects(
  plausible: readonly Finding[],
  findings: readonly Finding[],
  context: Context,
): Result['verdict'] {
  const first = lead(context);
  const clauses = plausible.map((f) => say`${f.title} (${num(probabilityFact(f), { digits: 2 })})`);
  const others = findings.filter((f) => f.verdict === 'plausible').length - plausible.length;
  const more = others > 0 ? ', then others of section 1' : '';
  return {
    kind: 'plausible-causes',
    text: say`${first ? say`${first} ` : []}Likeliest, not measured yet: ${join(clauses, '; ')}${more}.`,
    findings: plausible.map((f) => f.id),
  };
}

/** Readings from this weight on are worth the first sentence. */
const LEADING = 0.6;
const STRONG = 0.85;
/** Topics that can be why answers are slow; the others stand for themselves. */
const OF_LATENCY = new Set([
  'load',
  'saturation',
  'latency-shape',
  'cache',
  'database',
  'dependency',
  'contradiction',
]);
const TROUBLE = new Set(['cost', 'planned-load']);

/** Nothing hurts but the bill, and the numbers say where money can be saved: then no cause is looked for. */
const isAboutSpend = (context: Context): boolean =>
  context.symptoms.some((s) => s.kind === 'cost') &&
  context.symptoms.every((s) => TROUBLE.has(s.kind)) &&
  context.readings.some((r) => r.topic === 'cost' && r.weight >= STRONG);

/** The first sentence on stated facts alone: what got slow and by how much, then the strongest thing the numbers imply. */
function lead(context: Context): Text | undefined {
  // How the changes are told apart is a plan, not news.
  const ranked = context.readings
    .filter((r) => !r.id.startsWith('factorial-experiment'))
    .sort((a, b) => b.weight - a.weight);
  const first = context.symptoms[0]?.kind;
  // Where slow answers are what hurts first, a backlog beside them comes second.
  const slow = first === 'tail-latency' || first === 'latency';
  const top = (slow ? ranked.find((r) => r.topic !== 'queue' && r.weight >= STRONG) : undefined) ?? ranked[0];
  if (!top || top.weight < LEADING) {
    const slower = statedRise(context);
    return slower ? say`${slower}.` : undefined;
  }
  const slowed = OF_LATENCY.has(top.topic) ? statedRise(context) : undefined;
  return slowed && !top.id.startsWith('target-gap')
    ? say`${slowed}: ${uncapital(top.headline)}`
    : top.headline;
}

/** "p99 480 ms → 1 800 ms": the worst latency of the whole, before and now; else now against what is asked for. */
function statedRise(context: Context): Text | undefined {
  for (const stat of ['p99', 'p95', 'mean', 'p50']) {
    const named = { name: `latency.${stat}`, subject: context.app };
    const now = context.facts.find({ ...named, phase: ['incident', 'peak', 'any'] });
    const before = context.facts.find({ ...named, phase: ['baseline', 'steady'] });
    if (now && before && now.value > before.value)
      return say`${stat} of ${name(context.app.name)} ${num(before)} → ${num(now)}`;
  }
  // Where the whole was not compared, the first thing that was.
  for (const symptom of context.symptoms)
    for (const stat of ['p99', 'p95', 'mean', 'p50']) {
      if (!symptom.subject) continue;
      const named = { name: `latency.${stat}`, subject: symptom.subject };
      const now = context.facts.find({ ...named, phase: ['incident', 'peak', 'any'] });
      const before = context.facts.find({ ...named, phase: ['baseline', 'steady'] });
      if (now && before && now.value > before.value)
        return say`${stat} of ${name(symptom.subject.name)} ${num(before)} → ${num(now)}`;
    }
  return undefined;
}

const uncapital = (text: Text): Text => {
  const [first, ...rest] = text;
  return typeof first === 'string' && /^\p{Lu}\p{Ll}/u.test(first)
    ? [first.charAt(0).toLowerCase() + first.slice(1), ...rest]
    : text;
};

function cannotTell(context: Context): Result['verdict'] {
  const first = lead(context);
  const calm = context.symptoms.every((s) => TROUBLE.has(s.kind));
  if (first && calm) return { kind: 'no-cause', text: first, findings: [] };
  return {
    kind: 'cannot-tell',
    text: first
      ? say`${first} No single cause of the catalogue follows from what was said; section 2 lists what to measure first.`
      : say`What is given about ${name(context.app.name)} does not single out a cause; section 2 lists what to measure first.`,
    findings: [],
  };
}
