import { z } from 'zod';
import { type Subject, subjectSchema } from './subject.js';
import { UNITS, type Unit } from './unit.js';

/** Where a number came from. */
export const provenanceSchema = z.discriminatedUnion('kind', [
  /** A place in one of the ten inputs: characters [start, end) of the input's text. */
  z.object({
    kind: z.literal('input'),
    input: z.string(),
    start: z.number(),
    end: z.number(),
    text: z.string(),
  }),
  /** A query on the store and the number of rows it looked at. */
  z.object({ kind: z.literal('query'), query: z.string(), rows: z.number(), sources: z.array(z.string()) }),
  /** Derived by a formula from other facts. */
  z.object({ kind: z.literal('formula'), formula: z.string(), facts: z.array(z.string()) }),
  /** A documented constant of the method or a fact about a product, with its source and date. */
  z.object({ kind: z.literal('document'), source: z.string(), date: z.string() }),
  /** A place in an evidence file. */
  z.object({
    kind: z.literal('file'),
    path: z.string(),
    line: z.number().optional(),
    offset: z.number().optional(),
  }),
]);
export type Provenance = z.infer<typeof provenanceSchema>;

/**
 * When a number holds.
 * - `baseline`: before the trouble; `incident`: during it; `target`: what is asked for;
 * - `steady`, `peak`: of the load; `planned`: an announced event; `any`: not tied to a phase.
 */
export const PHASES = ['baseline', 'steady', 'incident', 'peak', 'target', 'planned', 'any'] as const;
export type Phase = (typeof PHASES)[number];

export const ORIGINS = ['stated', 'measured', 'derived', 'constant', 'knowledge', 'forecast'] as const;
/** `derived` facts are only as good as what they came from: see `basis`. */
export type Origin = (typeof ORIGINS)[number];

export const factSchema = z.object({
  id: z.string(),
  /** Dotted name from the vocabulary in `fact-names.ts`, or an own one for derived facts. */
  name: z.string(),
  subject: subjectSchema,
  phase: z.enum(PHASES),
  value: z.number(),
  unit: z.enum(UNITS),
  /** How the value bounds the truth: `<` for "p99 < 700 ms", `~` for "about 3 KB". */
  comparator: z.enum(['=', '<', '<=', '>', '>=', '~']).default('='),
  interval: z.tuple([z.number(), z.number()]).optional(),
  /** Sample size behind a measured value. */
  n: z.number().optional(),
  window: z.object({ from: z.string(), to: z.string() }).optional(),
  origin: z.enum(ORIGINS),
  /** `measured` when everything it rests on was measured; `stated` when any of it was only said. */
  basis: z.enum(['measured', 'stated', 'assumed']),
  /** The condition in the user's words: "during flash sales". Untrusted text. */
  condition: z.string().optional(),
  from: z.array(provenanceSchema),
});
export type Fact = z.infer<typeof factSchema> & {
  /** In memory only: the facts a derived one was computed from, so that they are kept in the result. */
  inputs?: Fact[];
};

export interface FactDraft {
  name: string;
  subject: Subject;
  value: number;
  unit: Unit;
  phase?: Phase;
  comparator?: Fact['comparator'];
  interval?: [number, number];
  n?: number;
  window?: { from: string; to: string };
  condition?: string;
}

const idOf = (d: FactDraft, origin: Origin): string =>
  `${d.name}@${d.subject.id}${d.phase && d.phase !== 'any' ? `#${d.phase}` : ''}${origin === 'measured' ? '' : `!${origin}`}`;

function make(d: FactDraft, origin: Origin, basis: Fact['basis'], from: Provenance[], inputs?: Fact[]): Fact {
  return {
    id: idOf(d, origin),
    comparator: '=',
    phase: 'any',
    ...d,
    origin,
    basis,
    from,
    ...(inputs ? { inputs } : {}),
  };
}

/** A number read in the case text. */
export const stated = (d: FactDraft, place: Extract<Provenance, { kind: 'input' }>): Fact =>
  make(d, 'stated', 'stated', [place]);

/** A number computed from telemetry. */
export const measured = (d: FactDraft, from: Provenance[]): Fact => make(d, 'measured', 'measured', from);

/** A number computed from other facts by `formula` (written for a reader: `rate × hold time`). */
export function derived(d: FactDraft, formula: string, inputs: Fact[]): Fact {
  const evidence = inputs.filter((f) => f.origin !== 'constant' && f.origin !== 'knowledge');
  const basis = evidence.some((f) => f.basis === 'assumed')
    ? 'assumed'
    : evidence.length > 0 && evidence.every((f) => f.basis === 'measured')
      ? 'measured'
      : 'stated';
  return make(d, 'derived', basis, [{ kind: 'formula', formula, facts: inputs.map((f) => f.id) }], inputs);
}

/** What a change will bring: an interval with its assumptions in the formula. */
export const forecast = (
  d: FactDraft & { interval: [number, number] },
  formula: string,
  inputs: Fact[],
): Fact => ({
  ...derived(d, formula, inputs),
  id: idOf(d, 'forecast'),
  origin: 'forecast',
});

/** A documented constant of the method: why this value, and who says so. */
export function constant(name: string, value: number, unit: Unit, source: string, date = '2025-01-01'): Fact {
  const d: FactDraft = { name, subject: METHOD, value, unit };
  return make(d, 'constant', 'measured', [{ kind: 'document', source, date }]);
}

/** A default, limit or known figure of a product, from the knowledge data. */
export function known(d: FactDraft, source: string, date: string): Fact {
  return make(d, 'knowledge', 'measured', [{ kind: 'document', source, date }]);
}

const METHOD: Subject = { kind: 'system', id: 'method', name: 'method' };
