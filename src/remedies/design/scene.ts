import type {
  Component,
  Constraint,
  Context,
  Fact,
  RemedyTarget,
  Subject,
  Text,
} from '../../domain/index.js';
import { list, name, num, quote, say } from '../../domain/index.js';
import { calc, componentOf, inSeconds } from '../../readings/compose.js';
import { AIM, aimedLoad, isWhole, type LoadPoint, loadPoints, topLoad } from '../../readings/load.js';
import {
  databases,
  isReplica,
  mainDatabase,
  mainService,
  ofKind,
  statementTimes,
} from '../../readings/parts.js';
import { labelOf } from '../../readings/percentiles.js';

/** The parts of this case that a design is about, resolved from the target's subject. */
export interface Scene {
  context: Context;
  target: RemedyTarget;
  /** The whole, as the user calls it. */
  app: Text;
  /** The service that changes. */
  service: Component | undefined;
  serviceName: Text;
  database: Component | undefined;
  cache: Component | undefined;
  queue: Component | undefined;
  cdn: Component | undefined;
  /** The callee on the path that the target is about, else the likeliest one. */
  callee: Component | undefined;
  points: LoadPoint[];
  /** The load to design for: the one asked for, else the highest seen. */
  goal: LoadPoint | undefined;
  aim: Fact | undefined;
}

export function sceneOf(context: Context, target: RemedyTarget): Scene {
  const points = loadPoints(context);
  const service = serviceFor(context, target);
  return {
    context,
    target,
    app: say`${name(context.case.appName || context.app.name)}`,
    service,
    serviceName: say`${name(service?.subject.name ?? (context.case.appName || context.app.name))}`,
    database:
      pick(context, target.subject, ['database', 'search']) ??
      mainDatabase(context) ??
      ofKind(context, 'search')[0],
    cache: pick(context, target.subject, ['cache']) ?? ofKind(context, 'cache')[0],
    queue: pick(context, target.subject, ['queue']) ?? ofKind(context, 'queue')[0],
    cdn: pick(context, target.subject, ['cdn']) ?? ofKind(context, 'cdn')[0],
    callee: calleeFor(context, target.subject),
    points,
    goal: aimedLoad(points) ?? topLoad(points),
    aim: aimFor(context, target.subject),
  };
}

const pick = (context: Context, about: Subject, kinds: Subject['kind'][]): Component | undefined => {
  const own = componentOf(context, about);
  return own && kinds.includes(own.subject.kind) ? own : undefined;
};

/** Causes whose subject is what is called: the service to change is the caller. */
const OF_CALLEES = new Set([
  'new-dependency-call',
  'slow-dependency',
  'missing-timeout',
  'retry-amplification',
  'rate-limited',
  'connection-setup',
]);

/** The service that requests come in by: the one that traces show in front, else as the case reads. */
const frontService = (context: Context): Component | undefined => {
  const entry = context.telemetry?.entry.service;
  return (
    ofKind(context, 'service').find((c) => entry !== undefined && c.subject.name === entry) ??
    mainService(context)
  );
};

function serviceFor(context: Context, { subject: about, hypothesis }: RemedyTarget): Component | undefined {
  if (OF_CALLEES.has(hypothesis)) return frontService(context);
  const own = componentOf(context, about);
  return own?.subject.kind === 'service' && !own.roles.includes('third-party') ? own : frontService(context);
}

/** The dependency meant: the subject itself, one that a change added, the slowest said, the first. */
function calleeFor(context: Context, about: Subject): Component | undefined {
  const own = componentOf(context, about);
  const main = frontService(context)?.subject.id;
  if (
    own &&
    (own.subject.kind === 'dependency' || (own.subject.kind === 'service' && own.subject.id !== main))
  )
    return own;
  const callees = ofKind(context, 'dependency');
  const added = callees.find((c) =>
    context.changes.some((ch) => ch.mechanisms.includes('call-added') && ch.touches.includes(c.subject.id)),
  );
  const slowest = [...callees].sort(
    (a, b) => (timeOf(context, b)?.value ?? 0) - (timeOf(context, a)?.value ?? 0),
  )[0];
  // A change that touches no dependency is about none of them.
  return about.kind === 'change' && !added ? undefined : (added ?? slowest);
}

const TIMES = ['latency.p99', 'latency.p95', 'latency.mean', 'latency.p50', 'latency.max'];

/** The worst time that is known of a component today. */
export const timeOf = (context: Context, c: Component): Fact | undefined =>
  context.facts
    .every({ name: TIMES, subject: c.subject })
    .find((f) => !AIM.includes(f.phase) && f.phase !== 'baseline' && f.value > 0);

/** The latency asked for: of the subject, else of the whole, else of any operation. */
function aimFor(context: Context, about: Subject): Fact | undefined {
  const aims = context.facts.every({
    name: ['latency.p99', 'latency.p95', 'latency.p90', 'latency.p50'],
    phase: AIM,
  });
  return (
    aims.find((f) => f.subject.id === about.id) ?? aims.find((f) => isWhole(context, f.subject)) ?? aims[0]
  );
}

/** "p99", "p95": the percentile of a latency fact. */
export const percentileOf = (fact: Fact): string => labelOf(fact.name);

/** The components of a kind, by name, as words. */
export const named = (components: readonly Component[]): Text =>
  list(components.map((c) => say`${name(c.subject.name)}`));

export const partName = (c: Component | undefined, otherwise: Text): Text =>
  c ? say`${name(c.subject.name)}` : otherwise;

/** The user's tool of a role, by its name, or our words. */
export function toolName(
  context: Context,
  role: Context['tools'][number]['roles'][number],
  otherwise: string,
): Text {
  const tool = context.tools.find((t) => t.roles.includes(role));
  return tool ? say`${name(tool.name)}` : say`${otherwise}`;
}

/** Constraints of some kinds. */
export const constraintsOf = (context: Context, ...kinds: Constraint['kind'][]): Constraint[] =>
  context.constraints.filter((c) => kinds.includes(c.kind));

/** Why a component may not be changed in this way: a constraint that fixes it. */
export function fixedBecause(context: Context, c: Component | undefined): Text | undefined {
  if (!c) return undefined;
  const hit = constraintsOf(context, 'component-fixed').find((k) => k.subject?.id === c.subject.id);
  return hit ? say`${name(c.subject.name)} may not change: ${quote(hit.text)}` : undefined;
}

/** Why nothing may be added beside what is there. */
export function nothingNew(context: Context, what: string): Text | undefined {
  const hit = constraintsOf(context, 'no-new-component')[0];
  return hit ? say`${what} would be a new component: ${quote(hit.text)}` : undefined;
}

/** Why more or other hardware is no way: a limit on it in these words, of this part or of all. */
export function hardwareRuledOut(
  context: Context,
  what: string,
  about: Subject,
  words: RegExp,
): Text | undefined {
  const hit = constraintsOf(context, 'hardware-limit').find(
    (c) => (!c.subject || c.subject.id === about.id) && words.test(c.text),
  );
  return hit ? say`${what} for ${name(about.name)} is ruled out: ${quote(hit.text)}` : undefined;
}

const SCHEMA = /\b(?:schema|ddl|index(?:es)?|tables?|columns?|migrations?)\b/i;
const FORBIDS = /\b(?:no|not|without|never|cannot|can't|frozen|freeze|fixed|must stay|unchanged)\b/i;

/** Why tables and indexes may not be changed: a constraint that says so in words. */
export function schemaFixed(context: Context): Text | undefined {
  const hit = context.constraints.find((c) => SCHEMA.test(c.text) && FORBIDS.test(c.text));
  return hit ? say`it changes the schema, and the case says ${quote(hit.text)}` : undefined;
}

const FLAT =
  /\b(?:budget|costs?|spend|bill)\b[^.;,\n]{0,30}?\b(?:flat|unchanged|frozen|must not (?:rise|grow|increase))\b/i;

/** Why nothing may cost more: a limit on cost that leaves no growth at all. */
export function costFixed(context: Context, what: string): Text | undefined {
  const limit = costLimit(context);
  const flat = FLAT.exec([context.case.inputs.constraints, context.case.inputs.target_metrics].join('\n'));
  if (!limit && flat) return say`${what} costs more while it runs, and the case says ${quote(flat[0])}`;
  return limit && limit.value <= 0
    ? say`${what} costs more while it runs, and the limit on cost is ${num(limit)}`
    : undefined;
}

/** Why work on a service does not help: the subject is a store, whose processors are spent by statements. */
export const storeNotService = (about: Subject): Text | undefined =>
  about.kind === 'database' || about.kind === 'search'
    ? say`The processors of ${name(about.name)} are spent by what is asked of it: fewer and cheaper statements relieve it, instances in front do not.`
    : undefined;

/** Why code cannot be changed: the subject is a product that others make. */
export const productNotCode = (about: Subject): Text | undefined =>
  ['database', 'search', 'cache', 'queue', 'cdn'].includes(about.kind)
    ? say`${name(about.name)} is a product: its settings and what is asked of it can change, its code cannot.`
    : undefined;

/** The rule that data must keep, for designs that copy data: compliance, isolation of tenants, consistency. */
export const dataRules = (context: Context): Constraint[] =>
  constraintsOf(context, 'compliance', 'consistency');

/** Statements of today on a database, slowest first. */
export const slowStatements = (context: Context) =>
  [...statementTimes(context)].sort((a, b) => inSeconds(b.time) - inSeconds(a.time));

export const replicas = (context: Context): Component[] => databases(context).filter(isReplica);
export const primaries = (context: Context): Component[] => databases(context).filter((d) => !isReplica(d));

/** The load in words: "8 000 requests a second", or that it is not known. */
export const goalWords = (scene: Scene): Text =>
  scene.goal ? say`${num(scene.goal.rate)}` : say`the peak rate, which was not said`;

/** The ceiling that a cost constraint sets: a relative change allowed, else nothing. */
export const costLimit = (context: Context): Fact | undefined =>
  context.facts.find({ name: 'cost.change', phase: [...AIM, 'any'] });

/** A derived fact about the app. */
export const figure = (
  scene: Scene,
  factName: string,
  value: readonly [number, Fact['unit']],
  formula: string,
  inputs: Fact[],
  about: Subject = scene.target.subject,
): Fact => calc(factName, about, value, formula, inputs, 'target');

/** The edge in front of the service, when the case names one. */
export const cdnOrClient = (scene: Scene): Text | undefined =>
  scene.cdn ? say`${name(scene.cdn.subject.name)}` : undefined;
