import type { Fact, Phase } from '../domain/index.js';

/** Statistics of one distribution that are listed together. */
const LATENCY = /^latency\./;

/**
 * One fact for what was said twice, with both places; ids told apart where two figures differ. A snapshot that repeats
 * an incident's figure is a snapshot of the incident: the percentiles beside it get its phase.
 */
export function dedupe(facts: readonly Fact[]): { facts: Fact[]; idOf: (fact: Fact) => string } {
  const phased = alignSnapshots(facts);
  const out: Fact[] = [];
  const final = new Map<Fact, Fact>();
  const byKey = new Map<string, Fact[]>();
  phased.forEach((fact, i) => {
    const key = `${fact.name} ${fact.subject.id} ${fact.phase}`;
    const same = byKey.get(key) ?? [];
    const twin = same.find((f) => f.value === fact.value && f.comparator === fact.comparator);
    if (twin) {
      twin.from = [...twin.from, ...fact.from];
      if (fact.condition !== undefined) twin.condition ??= fact.condition;
      final.set(facts[i] as Fact, twin);
      return;
    }
    const made: Fact = {
      ...fact,
      id: same.length === 0 ? idWith(fact) : `${idWith(fact)}~${same.length + 1}`,
    };
    byKey.set(key, [...same, made]);
    out.push(made);
    final.set(facts[i] as Fact, made);
  });
  return { facts: out, idOf: (fact) => (final.get(fact) ?? fact).id };
}

const idWith = (f: Fact): string =>
  `${f.name}@${f.subject.id}${f.phase === 'any' ? '' : `#${f.phase}`}!stated`;

function alignSnapshots(facts: readonly Fact[]): Fact[] {
  const incident = facts.filter((f) => f.phase === 'incident' && LATENCY.test(f.name));
  const inputOf = (f: Fact): string => (f.from[0]?.kind === 'input' ? f.from[0].input : '');
  const repeats = new Set(
    facts
      .filter(
        (f) =>
          f.phase === 'any' &&
          inputOf(f) === 'current_metrics' &&
          incident.some((x) => x.name === f.name && x.subject.id === f.subject.id && x.value === f.value),
      )
      .map((f) => f.subject.id),
  );
  return facts.map((f) => {
    const snapshot =
      inputOf(f) === 'current_metrics' &&
      f.phase === 'any' &&
      LATENCY.test(f.name) &&
      repeats.has(f.subject.id);
    return snapshot ? { ...f, phase: 'incident' as Phase } : { ...f };
  });
}
