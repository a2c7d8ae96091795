import { type Component, type Fact, type Layer, type Link, type Subject, subject } from '../domain/index.js';
import type { Store } from '../evidence/store/index.js';
import { attributesOf, type Outgoing } from './red.js';
import { roleOf, storeOf } from './span-kind.js';

interface ServiceRow {
  service: string;
  runtime: string;
  language: string;
  version: string;
  serves: number;
  consumes: number;
}

/** Runtimes as the knowledge data names them. */
const RUNTIMES: readonly [RegExp, string][] = [
  [/node/i, 'nodejs'],
  [/java|jvm|openjdk|hotspot|graal/i, 'jvm'],
  [/python|cpython|pypy/i, 'python'],
  [/^go$|golang/i, 'go'],
  [/dotnet|\.net|csharp/i, 'dotnet'],
  [/ruby/i, 'ruby'],
  [/php/i, 'php'],
  [/rust/i, 'rust'],
  [/erlang|elixir|beam/i, 'elixir'],
];
const runtimeOf = (row: ServiceRow): string | undefined =>
  RUNTIMES.find(([pattern]) => pattern.test(row.runtime || row.language))?.[1];

const LAYER: Readonly<Partial<Record<Subject['kind'], Layer>>> = {
  service: 'api',
  database: 'database',
  search: 'database',
  cache: 'cache',
  queue: 'dependency',
  dependency: 'dependency',
};

/** Services, stores and callees that traces show, and who calls whom. */
export async function topology(
  store: Store,
  rows: readonly Outgoing[],
  calleeOf: (row: Outgoing) => Subject,
): Promise<{ components: Component[]; links: Link[] }> {
  const services = await store.query<ServiceRow>(
    `SELECT ServiceName AS service, anyLast(ResourceAttributes['process.runtime.name']) AS runtime,
            anyLast(ResourceAttributes['telemetry.sdk.language']) AS language,
            max(ResourceAttributes['service.version']) AS version,
            countIf(SpanKind = 'Server') AS serves, countIf(SpanKind = 'Consumer') AS consumes
     FROM otel_traces WHERE ServiceName != '' GROUP BY service ORDER BY service LIMIT 2000`,
  );
  const components = new Map<string, Component>();
  for (const row of services) {
    const runtime = runtimeOf(row);
    components.set(subject('service', row.service).id, {
      ...part(subject('service', row.service), row.consumes > 0 && row.serves === 0 ? ['consumer'] : []),
      ...(runtime ? { runtime } : {}),
      ...(row.version ? { version: row.version } : {}),
    });
  }
  const links = new Map<string, Link>();
  for (const row of rows) {
    const role = roleOf({
      name: row.name,
      kind: row.kind,
      attributes: attributesOf(row),
      statement: row.statement,
    });
    if (role === 'pool' || role === 'connect' || role === 'lock' || role === 'inside') continue;
    const stored = role === 'database' || role === 'cache';
    const callee = stored ? storeOf(role, attributesOf(row), row.statement) : calleeOf(row);
    const product = stored ? row.system.toLowerCase() : row.messaging;
    if (!components.has(callee.id))
      components.set(callee.id, { ...part(callee, []), ...(product ? { product } : {}) });
    const from = subject('service', row.service).id;
    if (from !== callee.id)
      links.set(`${from}\n${callee.id}`, {
        from,
        to: callee.id,
        origin: 'measured',
        asynchronous: role === 'produced',
      });
  }
  const byId = <T>(map: ReadonlyMap<string, T>): T[] =>
    [...map].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, x]) => x);
  return { components: byId(components), links: byId(links) };
}

const PARTS: readonly Subject['kind'][] = ['service', 'database', 'cache', 'search', 'queue'];

/** Parts that only metrics tell of. */
export const partsOf = (facts: readonly Fact[], known: readonly Component[]): Component[] => {
  const seen = new Set(known.map((c) => c.subject.id));
  const found = new Map(facts.map((f) => [f.subject.id, f.subject]));
  return [...found.values()].filter((s) => PARTS.includes(s.kind) && !seen.has(s.id)).map((s) => part(s, []));
};

const part = (about: Subject, roles: string[]): Component => ({
  subject: about,
  kind: about.kind,
  layer: LAYER[about.kind] ?? 'infrastructure',
  roles,
  places: [],
});
