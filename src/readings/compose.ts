import {
  type Bearing,
  type Block,
  type Component,
  type Context,
  derived,
  type Fact,
  formatNumber,
  type Layer,
  type NumberSegment,
  num,
  type Phase,
  type Question,
  type Reading,
  type Subject,
  type Text,
  type Unit,
} from '../domain/index.js';

/** A computed number: what it is, of what, and the formula written for a reader. */
export function calc(
  name: string,
  subject: Subject,
  [value, unit]: readonly [number, Unit],
  formula: string,
  inputs: Fact[],
  phase: Phase = 'any',
): Fact {
  return derived({ name, subject, value, unit, phase }, formula, inputs);
}

/** A count shown without decimals: nobody has 83.5 connections. Below ten one decimal is kept. */
export function whole(fact: Fact): NumberSegment {
  const magnitude = Math.abs(fact.value);
  return num(fact, {
    ...(fact.unit === 'count' || fact.unit === 'none' ? {} : { in: fact.unit }),
    display:
      magnitude >= 1e5
        ? formatNumber(fact.value)
        : magnitude >= 10
          ? grouped(Math.round(fact.value))
          : formatNumber(fact.value, 2),
  });
}

const grouped = (n: number): string => formatNumber(n, Math.max(1, String(Math.abs(n)).length));

/** A rate of whole things, per second, without decimals from ten on. */
export const rate = (fact: Fact): NumberSegment => ({ n: `${whole(fact).n}/s`, ref: fact.id, fact });

/** Seconds, whatever unit of time the fact is in. */
export const inSeconds = (fact: Fact): number => (fact.unit === 'ms' ? fact.value / 1000 : fact.value);

export interface ReadingDraft {
  id: string;
  topic: Reading['topic'];
  layer?: Layer;
  subject: Subject;
  headline: Text;
  arithmetic: Block[];
  assumptions?: Text[];
  bearings?: Bearing[];
  questions?: Question[];
  weight: number;
}

/** The reading as a list of one, or of none when a number in it is not finite: then nothing can be said. */
export function reading(entry: string, draft: ReadingDraft): Reading[] {
  const made: Reading = {
    assumptions: [],
    bearings: [],
    questions: [],
    ...draft,
    id: `${entry}/${draft.id}`,
  };
  return factsIn([made.headline, made.arithmetic, made.assumptions, made.bearings, made.questions]).every(
    (f) => Number.isFinite(f.value),
  )
    ? [made]
    : [];
}

/** Every fact that a text, block or list of them shows. */
export function factsIn(value: unknown): Fact[] {
  if (Array.isArray(value)) return value.flatMap(factsIn);
  if (value === null || typeof value !== 'object') return [];
  if ('n' in value && 'ref' in value) {
    const { fact } = value as NumberSegment;
    return fact ? [fact] : [];
  }
  return Object.values(value).flatMap(factsIn);
}

/**
 * What a reading means for a hypothesis. It is bound to the component when there are several of its kind to be told
 * apart, and to the whole system otherwise.
 */
export function bearing(
  context: Context,
  hypothesis: string,
  about: Subject,
  logLikelihoodRatio: number,
  because: Text,
): Bearing {
  const rivals = context.components.filter((c) => c.subject.kind === about.kind).length;
  return {
    hypothesis,
    subject:
      rivals > 1 && about.id !== context.app.id
        ? about
        : { kind: 'system', id: context.app.id, name: context.app.name },
    logLikelihoodRatio,
    because,
    facts: [...new Set(factsIn(because).map((f) => f.id))],
  };
}

/** The component a subject stands for, or that owns it. */
export const componentOf = (context: Context, subject: Subject): Component | undefined =>
  context.components.find((c) => c.subject.id === subject.id) ??
  context.components.find((c) => subject.service !== undefined && c.subject.name === subject.service);

/** The words around a stated fact, in the input it was read in; empty for measured ones. */
export function contextWords(context: Context, fact: Fact): string {
  const place = fact.from.find((p) => p.kind === 'input');
  if (place?.kind !== 'input') return '';
  const text = context.case.inputs[place.input as keyof typeof context.case.inputs] ?? '';
  const before = text.slice(0, place.start);
  const start = Math.max(before.lastIndexOf(';'), before.lastIndexOf('\n'), before.lastIndexOf('. '));
  const rest = text.slice(place.end);
  const stop = /[;\n]|\. /.exec(rest);
  return text.slice(start + 1, place.end + (stop ? stop.index : rest.length));
}

/** The words right around a stated figure: up to `before` and `after` characters of its clause. Empty when measured. */
export function wordsNear(context: Context, fact: Fact, before: number, after: number): string {
  const place = fact.from.find((p) => p.kind === 'input');
  if (place?.kind !== 'input') return '';
  const words = contextWords(context, fact);
  const at = words.indexOf(place.text);
  return at < 0 ? '' : words.slice(Math.max(0, at - before), at + place.text.length + after);
}
