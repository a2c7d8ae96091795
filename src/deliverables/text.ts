import { type Fact, type NumberSegment, num } from '../domain/index.js';

/** A number for code: digits and a point only, in the fact's own unit or a multiple of it. */
export function digits(fact: Fact, factor = 1, decimals = 3): NumberSegment {
  const value = Number((fact.value * factor).toFixed(decimals));
  return num(fact, { display: String(value) });
}

/** A string literal for JavaScript, JSON and YAML: quoted and escaped, no line breaks, no closing tags. */
export const literal = (text: string): string =>
  JSON.stringify(text.replace(/[\r\n\u2028\u2029]+/g, ' ')).replaceAll('<', '\\u003c');

/** One line of a comment: no line breaks, no comment ends. */
export const comment = (text: string): string =>
  text.replace(/\s+/g, ' ').replaceAll('*/', '* /').slice(0, 200);
