import { type Context, constant, derived, type Fact, type Subject } from '../../domain/index.js';

/** The load to test with, from what was measured or stated. All numbers are facts. */
export interface LoadModel {
  steady?: Fact;
  peak: Fact;
  target: Fact;
  ramp: Fact;
  classes: LoadClass[];
  p99?: Fact;
  p95?: Fact;
  errors: Fact;
  /** Virtual users that Little's law asks for at the target rate and the latency target. */
  users?: Fact;
}
export interface LoadClass {
  subject: Subject;
  /** An identifier for code: letters, digits and underscores. */
  key: string;
  method: 'GET' | 'POST';
  path: string;
  share: Fact;
  rate: Fact;
  payload?: Fact;
}

const RAMP = constant('load.ramp', 20, 's', 'Kneepoint: a flash crowd; shorter than any autoscaler reacts');
const ERRORS = constant(
  'load.errors',
  0.01,
  'ratio',
  'Kneepoint: stop above one failure in a hundred when no target is stated',
);

/** The load model of a case, or nothing when no rate is known. */
export function loadModel(context: Context): LoadModel | undefined {
  const app = context.telemetry?.entry.service ?? context.app.name;
  const rate = (phase: Fact['phase'][]): Fact | undefined =>
    context.facts.find({ name: 'throughput', subject: context.app, phase }) ??
    context.facts
      .every({ name: 'throughput', subjectKind: ['service', 'system'], phase })
      .find((f) => f.subject.name === app);
  const steady = rate(['steady', 'baseline']);
  const peak = rate(['peak', 'incident']) ?? steady ?? rate(['target', 'planned', 'any']);
  if (!peak) return undefined;
  const target = rate(['target', 'planned']) ?? peak;
  const p99 =
    context.facts.find({ name: 'latency.p99', subject: context.app, phase: 'target' }) ??
    context.facts.find({ name: 'latency.p99', phase: 'target' });
  const p95 =
    context.facts.find({ name: 'latency.p95', subject: context.app, phase: 'target' }) ??
    context.facts.find({ name: 'latency.p95', phase: 'target' });
  const limit = p99 ?? p95;
  const ramp =
    context.facts.find({ name: 'burst.ramp', phase: ['peak', 'planned', 'incident', 'any'] }) ?? RAMP;
  return {
    ...(steady ? { steady } : {}),
    peak,
    target,
    ramp,
    classes: loadClasses(context, target),
    ...(p99 ? { p99 } : {}),
    ...(p95 ? { p95 } : {}),
    errors: context.facts.find({ name: 'errors.ratio', phase: 'target' }) ?? ERRORS,
    ...(limit
      ? {
          users: derived(
            {
              name: 'load.users',
              subject: context.app,
              value: Math.ceil((target.value * limit.value) / 1000),
              unit: 'count',
            },
            'Little’s law: arrival rate × latency limit',
            [target, limit],
          ),
        }
      : {}),
  };
}

/** Entry operations with their measured shares; else the stated classes; else all requests as one. */
function loadClasses(context: Context, target: Fact): LoadClass[] {
  const measured = measuredOperations(context);
  if (measured.length > 0) return measured.map((m) => toClass(m.subject, m.share, target, context));
  const shared = context.classes.flatMap((c) => {
    const share = c.share ? context.facts.all.find((f) => f.id === c.share) : undefined;
    return share ? [toClass(c.subject, share, target, context, c.kind)] : [];
  });
  if (shared.length > 0) return shared;
  const whole = derived(
    { name: 'mix.share', subject: context.app, value: 1, unit: 'ratio' },
    'all requests',
    [target],
  );
  return [toClass(context.app, whole, target, context)];
}

function measuredOperations(context: Context): { subject: Subject; share: Fact }[] {
  const service =
    context.telemetry?.entry.service ??
    (context.telemetry?.entry.kind === 'service' ? context.telemetry.entry.name : undefined);
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
        'rate of the operation / rate of all',
        rates,
      ),
    }));
}

const METHOD = /^(GET|HEAD|POST|PUT|PATCH|DELETE) (\/\S*)$/;

function toClass(
  subject: Subject,
  share: Fact,
  target: Fact,
  context: Context,
  kind?: 'read' | 'write' | 'other',
): LoadClass {
  const route = METHOD.exec(subject.name);
  const writes = kind === 'write' || (route !== null && route[1] !== 'GET' && route[1] !== 'HEAD');
  const payload = context.facts.find({ name: 'payload.mean', phase: ['incident', 'peak', 'steady', 'any'] });
  return {
    subject,
    key: identifier(route ? `${route[1]} ${route[2]}` : subject.name),
    method: writes ? 'POST' : 'GET',
    path: route?.[2] ?? '/',
    share,
    rate: derived(
      { name: 'load.rate', subject, value: Math.max(1, Math.round(share.value * target.value)), unit: '1/s' },
      'share × target rate',
      [share, target],
    ),
    ...(payload && writes ? { payload } : {}),
  };
}

/** A name that is safe in code: never the user's text as it is. */
export function identifier(text: string): string {
  const plain = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
  const safe = plain === '' ? 'requests' : plain.slice(0, 40);
  return /^\d/.test(safe) ? `r_${safe}` : safe;
}
