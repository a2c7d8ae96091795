import {
  type Block,
  bareNumber,
  code,
  type Fact,
  type NumberSegment,
  num,
  type Text,
} from '../../domain/index.js';
import type { Language } from './language.js';

/** A number as code writes it: no unit, no grouping. */
export const raw = (fact: Fact, digits = 6): NumberSegment =>
  bareNumber(fact, 1, (value) => String(Number(value.toPrecision(digits))));

/** A whole number as code writes it, rounded up: limits and sizes. */
export const whole = (fact: Fact): NumberSegment =>
  bareNumber(fact, 1, (value) => String(Math.ceil(value - 1e-9)));

/** The value in seconds as code writes it. */
export const seconds = (fact: Fact): NumberSegment =>
  fact.unit === 'ms'
    ? num(fact, { display: `${Number((fact.value / 1000).toPrecision(3))}s` })
    : num(fact, { display: `${Number(fact.value.toPrecision(3))}s` });

/** A whole number of milliseconds with its unit: `250ms`. */
export const millis = (fact: Fact): NumberSegment =>
  num(fact, { display: `${Math.round(fact.unit === 's' ? fact.value * 1000 : fact.value)}ms` });

const WORDS = /[\p{L}\p{N}]+/gu;
const ascii = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/[^\x20-\x7e]/g, '')
    .slice(0, 60);
const wordsOf = (text: string): string[] => ascii(text).match(WORDS)?.slice(0, 4) ?? [];

/**
 * A name of the user's turned into an identifier of letters, digits and `_`: whatever stands in the name, it can end
 * no string, comment or statement.
 */
export function snake(text: string, otherwise: string): { name: string } {
  const made = wordsOf(text)
    .map((w) => w.toLowerCase())
    .join('_');
  return { name: /^[a-z]/.test(made) ? made : otherwise };
}

/** The same in the manner of `orderLookup`. */
export function camel(text: string, otherwise: string): { name: string } {
  const [first = '', ...rest] = wordsOf(text).map((w) => w.toLowerCase());
  const made = first + rest.map((w) => w.charAt(0).toUpperCase() + w.slice(1)).join('');
  return { name: /^[a-z]/.test(made) ? made : otherwise };
}

/** The same in the manner of `OrderLookup`. */
export function pascal(text: string, otherwise: string): { name: string } {
  const made = camel(text, otherwise).name;
  return { name: made.charAt(0).toUpperCase() + made.slice(1) };
}

/** A name for manifests: `order-lookup`. */
export const kebab = (text: string, otherwise: string): { name: string } => ({
  name: snake(text, otherwise).name.replaceAll('_', '-'),
});

/** The snippet of the user's language, when there is one. */
export function snippet(
  language: Language | undefined,
  texts: Partial<Record<Language, () => Text>>,
  caption: Text,
): Block[] {
  const make = language ? texts[language] : undefined;
  return language && make ? [code(language, make(), caption)] : [];
}
