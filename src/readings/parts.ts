import {
  type Component,
  type Context,
  type Fact,
  name,
  type Subject,
  say,
  type Text,
} from '../domain/index.js';
import { productEntry } from '../knowledge/index.js';
import { calc, componentOf, contextWords, wordsNear } from './compose.js';
import { classRate, isWhole, type LoadPoint, NOW, shareOf } from './load.js';

/** Components of these kinds; dependencies that no request waits for (mail, analytics, nightly jobs) are left out. */
export const ofKind = (context: Context, ...kinds: Subject['kind'][]): Component[] =>
  context.components.filter(
    (c) =>
      kinds.includes(c.subject.kind) && !(c.subject.kind === 'dependency' && c.roles.includes('background')),
  );

/** Databases that take connections, primaries before replicas. */
export const databases = (context: Context): Component[] =>
  ofKind(context, 'database')
    .filter((c) => !isReplica(c))
    .concat(ofKind(context, 'database').filter(isReplica));

export const isReplica = (c: Component): boolean =>
  c.roles.includes('replica') && !c.roles.includes('primary');

/** True when the product has the trait in the knowledge data. */
export const hasTrait = (context: Context, c: Component, trait: string): boolean =>
  c.product !== undefined && (context.knowledge.product(c.product)?.traits.includes(trait) ?? false);

/** The database that serves statements: the first that is not a replica. */
export const mainDatabase = (context: Context): Component | undefined => databases(context)[0];

/** The caller's own services, workers last: where requests come in. */
export const mainService = (context: Context): Component | undefined => {
  const services = ofKind(context, 'service').filter((c) => !c.roles.includes('third-party'));
  const app = services.find((c) => c.subject.id === context.app.id);
  if (app) return app;
  return services.find((c) => !c.roles.includes('worker') && !c.roles.includes('consumer')) ?? services[0];
};

/** A number of today: the worst phase that the case gives. */
export const now = (context: Context, name: string, subject?: Subject): Fact | undefined =>
  context.facts.find({ name, phase: NOW, ...(subject ? { subject } : {}) });

export interface Limit {
  fact: Fact;
  /** True when nobody said it and the product's default stands in. */
  isDefault: boolean;
}

/** Connections a server allows: as said, else the default of its product and version. */
export function connectionLimit(context: Context, db: Component): Limit | undefined {
  const said =
    context.facts.find({ name: 'connections.limit', subject: db.subject }) ??
    (databases(context).length === 1
      ? context.facts.every({ name: 'connections.limit' }).find((f) => isWhole(context, f.subject))
      : undefined);
  if (said && said.value > 0) return { fact: said, isDefault: false };
  const known =
    db.product === undefined
      ? undefined
      : context.knowledge.fact(db.product, 'connections.limit', db.version);
  return known && known.value > 0 ? { fact: known, isDefault: true } : undefined;
}

/** Reads that a cache does not answer. */
export interface MissFlow {
  cache: Subject;
  hit: Fact;
  missShare: Fact;
  /** What the look-ups were taken as. */
  basis: 'look-ups' | 'reads' | 'requests';
  /** Look-ups a second at a load. */
  lookups(point: LoadPoint): Fact;
  /** Look-ups that go on to the origin, a second. */
  misses(point: LoadPoint): Fact;
}

/** Caches with a hit ratio (a buffer inside a database is none), the one nearest to the database last; CDN before the application caches. */
export function missFlows(context: Context): MissFlow[] {
  const seen = new Set<string>();
  return context.facts
    .every({ name: 'cache.hitRatio', phase: [...NOW, 'baseline'] })
    .filter((hit) => !/buffer/i.test(wordsNear(context, hit, 25, 5)))
    .filter(
      (hit) => hit.value >= 0 && hit.value <= 1 && !seen.has(hit.subject.id) && seen.add(hit.subject.id),
    )
    .sort((a, b) => rank(a) - rank(b))
    .map((hit) => flowOf(context, hit));
}

const rank = (f: Fact): number => (f.subject.kind === 'cdn' ? 0 : 1);

/** The rate at the edge of a CDN: its own, else the larger of two rates of the whole in one phase. */
export function edgeRate(context: Context, cdn: Subject): Fact | undefined {
  const phases = ['target', 'planned', 'peak', 'incident', 'any'] as const;
  const own = context.facts.find({ name: 'throughput', subject: cdn, phase: phases });
  if (own) return own;
  for (const phase of phases) {
    const whole = context.facts
      .every({ name: 'throughput', phase })
      .filter((f) => isWhole(context, f.subject))
      .sort((a, b) => b.value - a.value);
    if (whole.length > 1) return whole[0];
  }
  return undefined;
}

function flowOf(context: Context, hit: Fact): MissFlow {
  const cache = hit.subject;
  const missShare = calc('cache.missShare', cache, [1 - hit.value, 'ratio'], 'all − hit ratio', [hit]);
  const reads = cache.kind === 'cdn' ? undefined : shareOf(context, 'read');
  const own = context.facts.find({ name: 'cache.requests', subject: cache });
  const edge = cache.kind === 'cdn' ? edgeRate(context, cache) : undefined;
  const lookups = (point: LoadPoint): Fact =>
    edge && edge.phase === point.phase ? edge : reads ? classRate(context, point, reads, 'read') : point.rate;
  return {
    cache,
    hit,
    missShare,
    basis: reads ? 'reads' : 'requests',
    ...(own ? { basis: 'look-ups' as const } : {}),
    lookups,
    misses: (point) => {
      const at = lookups(point);
      return calc(
        'cache.misses',
        cache,
        [at.value * missShare.value, '1/s'],
        'look-ups a second × miss share',
        [at, missShare],
        point.phase,
      );
    },
  };
}

/** The flow of the application's own cache: what reaches the database. */
export const cacheFlow = (context: Context): MissFlow | undefined =>
  missFlows(context).find((f) => f.cache.kind !== 'cdn');

export interface StatementTime {
  subject: Subject;
  time: Fact;
  kind: 'read' | 'write';
  /** True when the figure comes from a log or list of slow statements. */
  fromSlowLog: boolean;
  database?: Component;
}

/** What the time is of, in words: a statement by its name, or one of a database. */
export const statementLabel = (s: Pick<StatementTime, 'subject'>): Text =>
  s.subject.kind === 'database' ? say`a statement of ${name(s.subject.name)}` : say`${name(s.subject.name)}`;

const WRITES = /\b(insert|update|delete|upsert|write|save|commit|create|increment|decrement)\w*\b/i;

/** Statements and databases with a mean (or median) time of today. */
export function statementTimes(context: Context): StatementTime[] {
  const seen = new Set<string>();
  return context.facts
    .every({ name: ['latency.mean', 'latency.p50'], subjectKind: ['statement', 'database'], phase: NOW })
    .filter((f) => f.value > 0 && !seen.has(f.subject.id) && seen.add(f.subject.id))
    .map((time) => {
      const owner = componentOf(context, time.subject);
      const database = owner?.subject.kind === 'database' ? owner : mainDatabase(context);
      return {
        subject: time.subject,
        time,
        kind: WRITES.test(time.subject.name) ? ('write' as const) : ('read' as const),
        fromSlowLog: /\bslow\b/i.test(contextWords(context, time)),
        ...(database ? { database } : {}),
      };
    });
}

/** Times a statement runs a second at a load: misses for reads behind a cache, else its class, else every request. */
export function statementRate(
  context: Context,
  statement: StatementTime,
  point: LoadPoint,
): { rate: Fact; behind: 'misses' | 'reads' | 'writes' | 'requests' } {
  const flow = cacheFlow(context);
  if (statement.kind === 'read' && flow) return { rate: flow.misses(point), behind: 'misses' };
  const share = shareOf(context, statement.kind);
  return share
    ? { rate: classRate(context, point, share, statement.kind), behind: `${statement.kind}s` }
    : { rate: point.rate, behind: 'requests' };
}

/** Instances of a service: those of its own, or the only count of instances of a service. */
export function instancesOf(context: Context, service: Component): Fact | undefined {
  const own = context.facts.find({ name: 'instances', subject: service.subject });
  if (own) return own;
  const services = ofKind(context, 'service');
  return services.length <= 1
    ? context.facts.every({ name: 'instances' }).find((f) => isWhole(context, f.subject))
    : undefined;
}

/** True for the engine itself and for what behaves like it: Aurora PostgreSQL is PostgreSQL, MariaDB is MySQL. */
export function isEngine(product: string | undefined, engine: 'postgresql' | 'mysql'): boolean {
  let id = product;
  for (let steps = 0; id !== undefined && steps < 4; steps++) {
    if (id === engine) return true;
    id = productEntry(id)?.like;
  }
  return false;
}
