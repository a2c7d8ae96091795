import { type Context, constant, derived, type Fact, type Subject } from '../../domain/index.js';
import { aimedLoad, classShares, type LoadPoint, loadPoints, topLoad } from '../../readings/load.js';
import { latencyTargets } from '../parts.js';

/** The load to test with, from what was measured or stated. All numbers are facts. */
export interface LoadModel {
  /** The rate before the burst. */
  start: Fact;
  peak: Fact;
  target: Fact;
  ramp: Fact;
  hold: Fact;
  classes: LoadClass[];
  /** Latency targets of the whole, or of operations by their subject. */
  limits: Fact[];
  errors: Fact;
  /** True when nobody stated an error target and the default stops the run. */
  errorsAssumed: boolean;
  /** Requests in flight at the target rate when each takes the latency limit. */
  users: Fact | undefined;
  /** Share of the requests on few keys, and how few: as said, else Zipf's law. */
  hot: { share: Fact; members: Fact } | undefined;
  grpc: boolean;
}
export interface LoadClass {
  subject: Subject;
  /** An identifier for code: letters, digits and underscores. */
  key: string;
  method: 'GET' | 'POST';
  path: string;
  share: Fact;
  startRate: Fact;
  rate: Fact;
  payload?: Fact;
}

export const RAMP = constant(
  'load.ramp',
  20,
  's',
  'Kneepoint: a flash crowd; shorter than any autoscaler reacts',
);
const HOLD = constant(
  'load.hold',
  900,
  's',
  'Kneepoint: fifteen minutes show what only comes with time: full pools, backlogs, collections, expiring entries',
);
const ERRORS = constant(
  'load.errors',
  0.01,
  'ratio',
  'Kneepoint: stop above one failure in a hundred when no target is stated',
);
const ONE_KEY = constant(
  'load.hotMembers',
  0.0001,
  'ratio',
  'Kneepoint: "one" of the ids that the script uses by default',
);

/** The load model of a case, or nothing when no rate is known. */
export function loadModel(context: Context): LoadModel | undefined {
  const points = loadPoints(context);
  const top = topLoad(points);
  const aim = aimedLoad(points) ?? top;
  const peak = top ?? aim;
  if (!aim || !peak) return undefined;
  const target = peak.rate.value > aim.rate.value ? peak : aim;
  const start = calmest(points) ?? peak;
  const limits = latencyTargets(context);
  const errors =
    context.facts.find({ name: 'errors.ratio', phase: ['target', 'planned'] }) ?? fromAvailability(context);
  return {
    start: start.rate,
    peak: peak.rate,
    target: target.rate,
    ramp: context.facts.find({ name: 'burst.ramp' }) ?? RAMP,
    hold: holdOf(context),
    classes: loadClasses(context, start.rate, target.rate),
    limits,
    errors: errors ?? ERRORS,
    errorsAssumed: errors === undefined,
    users: usersAt(context, target.rate, limits[0]),
    hot: hotKeys(context),
    grpc:
      /\bgrpc\b/i.test(context.case.inputs.architecture ?? '') &&
      !/\bhttp|rest\b/i.test(context.case.inputs.architecture ?? ''),
  };
}

const calmest = (points: readonly LoadPoint[]): LoadPoint | undefined =>
  points.find((p) => p.phase === 'steady') ??
  points.find((p) => p.phase === 'baseline') ??
  points.find((p) => p.phase === 'any');

/** A burst said to last longer than a test is cut to the usual length. */
function holdOf(context: Context): Fact {
  const said = context.facts.find({ name: 'burst.duration' });
  return said && said.value >= 60 && said.value <= 4 * HOLD.value ? said : HOLD;
}

function fromAvailability(context: Context): Fact | undefined {
  const said = context.facts.find({ name: 'availability.ratio', phase: ['target', 'planned'] });
  return said && said.value < 1
    ? derived(
        {
          name: 'slo.errorBudget',
          subject: said.subject,
          value: Number((1 - said.value).toPrecision(6)),
          unit: 'ratio',
          phase: 'target',
        },
        '1 − availability target',
        [said],
      )
    : undefined;
}

const usersAt = (context: Context, rate: Fact, limit: Fact | undefined): Fact | undefined =>
  limit
    ? derived(
        {
          name: 'load.users',
          subject: context.app,
          value: Math.ceil((rate.value * limit.value) / 1000),
          unit: 'count',
          phase: 'target',
        },
        'arrival rate × latency limit (Little’s law)',
        [rate, limit],
      )
    : undefined;

function hotKeys(context: Context): LoadModel['hot'] {
  const share = context.facts.every({ name: 'skew.share' }).find((f) => f.value > 0 && f.value < 1);
  if (!share) return undefined;
  const members = context.facts
    .every({ name: 'skew.members', subject: share.subject })
    .find((f) => f.value > 0 && f.value < 1);
  return { share, members: members ?? ONE_KEY };
}

/** Entry operations with their measured shares; else the stated classes; else all requests as one. */
function loadClasses(context: Context, start: Fact, target: Fact): LoadClass[] {
  const measured = measuredOperations(context);
  const make = (subject: Subject, share: Fact, kind?: 'read' | 'write' | 'other'): LoadClass =>
    toClass(subject, share, start, target, context, kind);
  if (measured.length > 0) return distinct(measured.map((m) => make(m.subject, m.share)));
  const stated = parts(classShares(context)).map((c) => make(c.subject, c.share, c.kind));
  if (stated.length > 0) return distinct(stated);
  const whole = derived(
    { name: 'mix.share', subject: context.app, value: 1, unit: 'ratio' },
    'all requests',
    [target],
  );
  return [make(context.app, whole)];
}

/** Classes that together make no more than all requests: "bots, a fifth" cuts across the others and is left out. */
function parts<T extends { share: Fact }>(classes: readonly T[]): T[] {
  const out: T[] = [];
  for (const c of classes)
    if (out.reduce((sum, k) => sum + k.share.value, c.share.value) < 1.005) out.push(c);
  return out;
}

/** No two classes by one name in code. */
function distinct(classes: LoadClass[]): LoadClass[] {
  const seen = new Map<string, number>();
  return classes.map((c) => {
    const n = (seen.get(c.key) ?? 0) + 1;
    seen.set(c.key, n);
    return n === 1 ? c : { ...c, key: `${c.key}_${n}` };
  });
}

function measuredOperations(context: Context): { subject: Subject; share: Fact }[] {
  const service = context.telemetry?.entry.service;
  if (service === undefined) return [];
  const rates = context.facts
    .every({ name: 'throughput', subjectKind: 'operation', phase: 'incident', origin: 'measured' })
    .filter((f) => f.subject.service === service && METHOD.test(f.subject.name));
  const total = rates.reduce((sum, f) => sum + f.value, 0);
  return rates
    .filter((f) => f.value > 0.01 * total)
    .map((f) => ({
      subject: f.subject,
      share: derived(
        { name: 'mix.share', subject: f.subject, value: f.value / total, unit: 'ratio' },
        'rate of the operation ÷ rate of all',
        rates,
      ),
    }));
}

const METHOD = /^(GET|HEAD|POST|PUT|PATCH|DELETE) (\/[\w\-.~:{}/]*)$/;

function toClass(
  subject: Subject,
  share: Fact,
  start: Fact,
  target: Fact,
  context: Context,
  kind?: 'read' | 'write' | 'other',
): LoadClass {
  const route = METHOD.exec(subject.name);
  const writes = kind === 'write' || (route !== null && route[1] !== 'GET' && route[1] !== 'HEAD');
  const payload = context.facts
    .every({ name: 'payload.mean' })
    .find((f) => f.value > 0 && f.value <= MOST_BODY);
  const rateAt = (rate: Fact, name: string): Fact =>
    derived(
      {
        name,
        subject,
        value: Math.max(1, Math.round(share.value * rate.value)),
        unit: '1/s',
        phase: rate.phase,
      },
      'share × requests a second',
      [share, rate],
    );
  return {
    subject,
    key: identifier(route ? `${route[1]} ${route[2]}` : subject.name),
    method: writes ? 'POST' : 'GET',
    path: route?.[2] ?? '/',
    share,
    startRate: rateAt(start, 'load.startRate'),
    rate: rateAt(target, 'load.rate'),
    ...(payload && writes ? { payload } : {}),
  };
}

/** Larger payloads are answers or pages, not what a client sends. */
const MOST_BODY = 64_000;

/** Words that no function of a script may have for its name. */
const RESERVED =
  /^(?:default|delete|new|in|if|do|for|let|var|case|class|const|else|enum|export|import|null|this|true|false|try|void|while|with|yield|return|switch|super|static|public|private|function|check|key|url|seconds|options|rate|http|grpc|client)$/;

/** A name that is safe in code: never the user's text as it is. */
export function identifier(text: string): string {
  const plain = text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 40)
    .replace(/_+$/, '');
  const safe = plain === '' ? 'requests' : plain;
  return /^\d/.test(safe) || RESERVED.test(safe) ? `r_${safe}` : safe;
}
