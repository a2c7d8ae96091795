import { type Fact, type Subject, subject, type Unit } from '../../domain/index.js';
import { fromQuery } from '../query-fact.js';
import type { Series } from './series.js';

/** Series of one phase; the finders of resource facts look at one phase at a time. */
export interface Gathered {
  phase: 'baseline' | 'incident';
  series: readonly Series[];
  /** Whether a metric of a service is there in both phases: one that came with a change has nothing to be held against. */
  comparable?: (s: Series) => boolean;
  sources: readonly string[];
}

export type ResourceFacts = (g: Gathered) => Fact[];

/** Units that exporters put behind a name: `db_client_connection_wait_time_seconds`. The series' own unit is not lost. */
const UNIT_AT_END = /_(?:seconds|milliseconds|bytes)$|(?<=utili[sz]ation)_ratio$/;

export const matching = (g: Gathered, pattern: RegExp, kind?: Series['kind']): Series[] =>
  g.series.filter(
    (s) =>
      (kind === undefined || s.kind === kind) &&
      (pattern.test(s.name) || pattern.test(s.name.replace(UNIT_AT_END, ''))),
  );

/** Groups in the order they were first met, which is that of the series. */
export function grouped<K extends string>(all: readonly Series[], key: (s: Series) => K): Map<K, Series[]> {
  const groups = new Map<K, Series[]>();
  for (const s of all) groups.set(key(s), [...(groups.get(key(s)) ?? []), s]);
  return groups;
}

export function factOf(
  g: Gathered,
  name: string,
  about: Subject,
  value: number,
  unit: Unit,
  from: readonly Series[],
): Fact[] {
  if (!Number.isFinite(value) || from.length === 0) return [];
  const points = from.reduce((a, s) => a + s.points, 0);
  const metrics = [...new Set(from.map((s) => s.metric))].join(', ');
  return [
    fromQuery(
      { name, subject: about, value, unit, phase: g.phase, n: points },
      {
        query: `metric ${metrics} of ${from[0]?.service || 'no service'}, ${g.phase}`,
        rows: points,
        sources: g.sources,
      },
    ),
  ];
}

/** Products that report about themselves: their facts are about the store, not about a service of that name. */
const PRODUCTS: readonly [RegExp, Subject][] = [
  [/^(?:postgres|pg_|pgbouncer)/, subject('database', 'PostgreSQL')],
  [/^mysql/, subject('database', 'MySQL')],
  [/^mongodb/, subject('database', 'MongoDB')],
  [/^redis/, subject('cache', 'Redis')],
  [/^valkey/, subject('cache', 'Valkey')],
  [/^memcached/, subject('cache', 'Memcached')],
  [/^elasticsearch/, subject('search', 'Elasticsearch')],
];
export const productOf = (s: Series): Subject | undefined =>
  PRODUCTS.find(([pattern]) => pattern.test(s.name))?.[1];

/** A server that goes by its product's plain name, and part of it: `postgres-primary`, `redis-0`. */
const PLAIN = /^([a-z]+)(?:[-_](?:primary|main|master|leader|\d+))*$/i;
const BY_NAME: Readonly<Record<string, Subject>> = {
  ...Object.fromEntries(PRODUCTS.map(([, about]) => [about.name.toLowerCase(), about])),
  postgres: subject('database', 'PostgreSQL'),
  mariadb: subject('database', 'MySQL'),
  mongo: subject('database', 'MongoDB'),
};

/** What a process, container or host reports of: its service, or the store that is named like its product. */
export function serviceOf(s: Series): Subject {
  const given = s.service || s.attributes.service || s.attributes.job || 'unknown service';
  return BY_NAME[(PLAIN.exec(given)?.[1] ?? '').toLowerCase()] ?? subject('service', given);
}

/** The value of the first of these attributes that is there. */
export const labelOf = (s: Series, ...keys: string[]): string | undefined =>
  keys.map((k) => s.attributes[k]).find((v) => v !== undefined && v !== '');

/**
 * A level over states and units of a machine: states that are meant are added up, then the mean over what is left
 * (processors, devices) is taken.
 */
export function overStates(
  all: readonly Series[],
  states: readonly string[],
  meant: (state: string) => boolean,
  of: (s: Series) => number,
): number | undefined {
  const rest = grouped(
    all.filter((s) => {
      const state = labelOf(s, ...states);
      return state === undefined || meant(state.toLowerCase());
    }),
    (s) =>
      JSON.stringify(
        Object.entries(s.attributes)
          .filter(([k]) => !states.includes(k))
          .sort(),
      ),
  );
  if (rest.size === 0) return undefined;
  const sums = [...rest.values()].map((group) => group.reduce((a, s) => a + of(s), 0));
  return sums.reduce((a, b) => a + b, 0) / sums.length;
}
