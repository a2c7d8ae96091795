import { type Component, type Context, type Subject, slug } from '../domain/index.js';

/** Traits of a component: of its product and of its runtime. */
export function traitsOf(context: Context, component: Component): ReadonlySet<string> {
  return new Set(
    [component.product, component.runtime].flatMap((id) =>
      id === undefined ? [] : (context.knowledge.product(id)?.traits ?? []),
    ),
  );
}

export const has = (context: Context, component: Component, trait: string): boolean =>
  traitsOf(context, component).has(trait);

const NOT_SERVICES = ['tool', 'library', 'orm', 'third-party', 'job-queue', 'broker'] as const;

/** The user's own services. With traces: those that took part in slow requests; else those that were named. */
export function services(context: Context): Component[] {
  const named = context.components.filter(
    (c) =>
      c.subject.kind === 'service' &&
      !c.roles.includes('third-party') &&
      // A framework that brings its own mapper is still the app: Laravel, Rails, Django.
      (c.subject.id === context.app.id || !NOT_SERVICES.some((t) => has(context, c, t))),
  );
  const traced = [...new Set((context.telemetry?.cells ?? []).map((c) => c.service))];
  if (traced.length === 0) return named.length > 0 ? named : [appComponent(context)];
  const entry = context.telemetry?.entry.service;
  const front = named.find((c) => !isBackground(c));
  return traced.map((service) => {
    const own = context.components.find((c) => isNamed(c.subject, service));
    const known: Component = own ?? {
      ...appComponent(context),
      subject: { kind: 'service', id: `service:${slug(service)}`, name: service },
    };
    // What the case says of its one front service holds of the service that traces show in front.
    return service === entry && known.runtime === undefined && known.product === undefined && front
      ? {
          ...known,
          ...(front.product ? { product: front.product } : {}),
          ...(front.runtime ? { runtime: front.runtime } : {}),
        }
      : known;
  });
}

/** True for a subject that goes by this service name. */
export const isNamed = (subject: Subject, service: string): boolean => slug(subject.name) === slug(service);

export const isBackground = (c: Component): boolean =>
  c.roles.some((r) => r === 'worker' || r === 'consumer' || r === 'batch');

/** The service that requests come in by. */
export function mainService(context: Context): Component {
  const all = services(context);
  const entry = context.telemetry?.entry.service;
  return (
    all.find((c) => entry !== undefined && isNamed(c.subject, entry)) ??
    all.find((c) => !isBackground(c) && (c.product !== undefined || c.runtime !== undefined)) ??
    all.find((c) => !isBackground(c)) ??
    all[0] ??
    appComponent(context)
  );
}

const appComponent = (context: Context): Component =>
  context.components.find((c) => c.subject.id === context.app.id) ?? {
    subject: context.app,
    kind: context.app.kind,
    layer: 'api',
    roles: [],
    places: [],
  };

export const isReplica = (c: Component): boolean =>
  c.roles.includes('replica') && !c.roles.includes('primary');

/** Databases and search engines that serve statements, primaries first. */
export function databases(context: Context): Component[] {
  const all = context.components.filter(
    (c) => (c.subject.kind === 'database' || c.subject.kind === 'search') && !has(context, c, 'tool'),
  );
  return [...all.filter((c) => !isReplica(c)), ...all.filter(isReplica)];
}

/** Databases that take a connection a session: relational ones, and those whose product is not known. */
export const relational = (context: Context): Component[] =>
  databases(context).filter(
    (c) =>
      c.subject.kind === 'database' &&
      (c.product === undefined ||
        context.knowledge.product(c.product) === undefined ||
        has(context, c, 'sql')),
  );

/** The database that writes and lookups meet first. */
export const mainDatabase = (context: Context): Component | undefined =>
  databases(context).find((c) => !isReplica(c)) ?? databases(context)[0];

/** Application caches, without the edge. */
export const caches = (context: Context): Component[] =>
  context.components.filter((c) => c.subject.kind === 'cache');

export const queues = (context: Context): Component[] =>
  context.components.filter((c) => c.subject.kind === 'queue');

/** Remote services a request calls: internal or third-party. Mail, analytics and nightly jobs are on no request’s path. */
export const dependencies = (context: Context): Component[] =>
  context.components.filter(
    (c) =>
      (c.subject.kind === 'dependency' || c.roles.includes('third-party')) && !c.roles.includes('background'),
  );

/** Remote services that nobody waits for: mail, messages, analytics. */
export const inBackground = (context: Context): Component[] =>
  context.components.filter((c) => c.subject.kind === 'dependency' && c.roles.includes('background'));

/** The component of a subject: itself, or the one that goes by its name. */
export const componentOf = (context: Context, subject: Subject): Component | undefined =>
  context.components.find((c) => c.subject.id === subject.id) ??
  context.components.find((c) => isNamed(c.subject, subject.name)) ??
  services(context).find((c) => c.subject.id === subject.id);

/** The subject by which the case knows a thing, so that what was said and what was seen meet. */
export const known = (context: Context, subject: Subject): Subject =>
  componentOf(context, subject)?.subject ?? subject;

/** The product id of a runtime: of the subject, of its service, or of the main service. */
export function runtimeOf(context: Context, subject: Subject): string | undefined {
  const all = services(context);
  const own =
    all.find((c) => c.subject.id === subject.id) ??
    all.find((c) => subject.service !== undefined && isNamed(c.subject, subject.service)) ??
    (subject.kind === 'service' ? undefined : mainService(context));
  return own?.runtime ?? runtimeProduct(context, own);
}

const runtimeProduct = (context: Context, c: Component | undefined): string | undefined =>
  c?.product !== undefined && has(context, c, 'runtime') ? c.product : undefined;

export const subjectsOf = (components: readonly Component[]): Subject[] => components.map((c) => c.subject);
