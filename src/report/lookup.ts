import { type Fact, indexFacts, type Result } from '../domain/index.js';
import type { Lookup } from './page.js';

/** The result with its facts by id, name, subject and phase. */
export function lookupOf(result: Result): Lookup {
  const byId = new Map<string, Fact>(result.facts.map((f) => [f.id, f]));
  return {
    result,
    facts: indexFacts(result.facts),
    fact: (id) => (id === undefined ? undefined : byId.get(id)),
  };
}

/** The start of the incident, when telemetry says it. */
export const incidentStart = (result: Result): string | undefined =>
  result.sources
    .filter((s) => s.role === 'incident')
    .flatMap((s) => (s.from ? [s.from] : []))
    .sort()[0];
