import type { FactIndex, FactQuery } from './catalogue.js';
import type { Fact } from './fact.js';

const PREFERENCE: Record<Fact['origin'], number> = {
  measured: 0,
  stated: 1,
  derived: 2,
  forecast: 3,
  knowledge: 4,
  constant: 5,
};

/** Facts to be asked by name, subject and phase. Order: preference of origin, phase as asked, then as given. */
export function indexFacts(facts: readonly Fact[]): FactIndex {
  const byName = new Map<string, Fact[]>();
  for (const fact of facts) {
    const list = byName.get(fact.name);
    if (list) list.push(fact);
    else byName.set(fact.name, [fact]);
  }
  const every = (query: FactQuery): Fact[] => {
    const names =
      query.name === undefined ? undefined : typeof query.name === 'string' ? [query.name] : query.name;
    const pool = names ? names.flatMap((n) => byName.get(n) ?? []) : [...facts];
    const phases = listOf(query.phase);
    const kinds = listOf(query.subjectKind);
    const id = typeof query.subject === 'string' ? query.subject : query.subject?.id;
    return pool
      .filter(
        (f) =>
          (id === undefined || f.subject.id === id) &&
          (kinds === undefined || kinds.includes(f.subject.kind)) &&
          (phases === undefined || phases.includes(f.phase)) &&
          (query.origin === undefined || f.origin === query.origin) &&
          (query.basis === undefined || f.basis === query.basis),
      )
      .map((fact, at) => ({ fact, at, phase: phases ? phases.indexOf(fact.phase) : 0 }))
      .sort(
        (a, b) => a.phase - b.phase || PREFERENCE[a.fact.origin] - PREFERENCE[b.fact.origin] || a.at - b.at,
      )
      .map((x) => x.fact);
  };
  return { all: facts, every, find: (query) => every(query)[0] };
}

const listOf = <T>(x: T | readonly T[] | undefined): readonly T[] | undefined =>
  x === undefined ? undefined : Array.isArray(x) ? (x as readonly T[]) : [x as T];
