import type { Fact, NumberSegment, Result } from '../domain/index.js';

/** A result whose texts still hold their facts in memory. */
export type OpenResult = Result;

/**
 * Collects every fact that a text, a budget or another fact rests on into `result.facts`, once each, and drops the
 * in-memory links. Two different facts that came by the same id are told apart by a suffix.
 */
export function settle(open: OpenResult): Result {
  const idOf = new Map<Fact, string>();
  const kept: Fact[] = [];
  const taken = new Map<string, Fact>();
  const keep = (fact: Fact): string => {
    const known = idOf.get(fact);
    if (known !== undefined) return known;
    let id = fact.id;
    for (let n = 2; taken.has(id); n++) {
      const other = taken.get(id) as Fact;
      if (sameFact(other, fact)) {
        idOf.set(fact, id);
        return id;
      }
      id = `${fact.id}~${n}`;
    }
    taken.set(id, fact);
    idOf.set(fact, id);
    const at = kept.length;
    kept.push(fact);
    const inputIds = new Map((fact.inputs ?? []).map((f) => [f.id, keep(f)]));
    const { inputs: _dropped, ...bare } = fact;
    kept[at] = {
      ...bare,
      id,
      from: fact.from.map((p) =>
        p.kind === 'formula' ? { ...p, facts: p.facts.map((f) => inputIds.get(f) ?? f) } : p,
      ),
    };
    return id;
  };
  for (const fact of open.facts) keep(fact);
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk);
    if (value === null || typeof value !== 'object') return value;
    if (isNumberSegment(value)) {
      const shown = value.in === undefined ? { n: value.n } : { n: value.n, in: value.in };
      return { ...shown, ref: value.fact ? keep(value.fact) : value.ref };
    }
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, v]) => v !== undefined)
        .map(([k, v]) => [k, walk(v)]),
    );
  };
  const { facts: _facts, ...rest } = open;
  const settled = walk(rest) as Omit<Result, 'facts'>;
  return { ...settled, facts: kept.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)) } as Result;
}

const isNumberSegment = (value: object): value is NumberSegment => 'n' in value && 'ref' in value;

/** The same statement made twice, apart from how its inputs are held in memory. */
const sameFact = (a: Fact, b: Fact): boolean =>
  a.value === b.value &&
  a.unit === b.unit &&
  a.comparator === b.comparator &&
  String(a.interval) === String(b.interval) &&
  JSON.stringify(a.from) === JSON.stringify(b.from);
