import type { Cut, Rule } from './rule.js';
import { GROUPS, HAS, WORDS as WORDS_BITS } from './traits.js';

const WORDS =
  "ssn|social security|national (?:id|insurance|identity)|nino|tax(?:payer)?[ _]?(?:id|identification)|itin|passport|identity (?:card|number|document)|driv(?:er'?s?|ing) licen[cs]e|steuer[- ]?(?:id\\w*|nummer)|sozialversicherungsnummer|personalausweis\\w*|cpf|curp|aadhaar|bsn|dni|nie|nif|nir|pesel|personnummer|codice fiscale|nhs|sin";
/** A number that is grouped with blanks as its authority writes it, or one without blanks. */
const NUMBER =
  '[A-Z]{2} \\d{2} \\d{2} \\d{2} [A-D]|\\d{4} \\d{4} \\d{4}|[12] \\d{2} \\d{2} \\d{2} \\d{3} \\d{3}(?: \\d{2})?|\\d{3} \\d{2} \\d{4}|\\d{3} \\d{3} \\d{3,4}|[A-Z]{0,6}\\d[\\dA-Z]*(?:[./-][\\dA-Z]+){0,4}';
const IN_CONTEXT = new RegExp(
  `(\\b(?:${WORDS})\\b(?:[ _-]?(?:number|no\\.?|nr\\.?|num|id|card|code))*["']?\\s?(?:is |of |[:=#]\\s?)?["']?)(${NUMBER})(?![\\w-])`,
  'gi',
);
const CONTEXT = new RegExp(`\\b(?:${WORDS})\\b`, 'i');

/** Forms that nothing else has: the American number, the Brazilian with its check digits, the Italian with its letter. */
const AMERICAN = /(?<![\w.-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-]|\.\d)/g;
const BRAZILIAN = /(?<![\w.-])\d{3}\.\d{3}\.\d{3}-\d{2}(?![\w.-])/g;
const ITALIAN = /\b[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]\b/g;

/** Both check digits of a CPF: weighted sums modulo 11 (Receita Federal). */
function isBrazilian(text: string): boolean {
  const d = [...text.replace(/\D/g, '')].map(Number);
  const check = (n: number): number => {
    const sum = d.slice(0, n).reduce((a, x, i) => a + x * (n + 1 - i), 0);
    return ((sum * 10) % 11) % 10;
  };
  return check(9) === d[9] && check(10) === d[10];
}

const ODD = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
/** The last letter of an Italian fiscal code: values of odd and even places modulo 26 (D.M. 23/12/1976). */
function isItalian(text: string): boolean {
  let sum = 0;
  for (let i = 0; i < 15; i++) {
    const c = text.charCodeAt(i);
    const n = c <= 57 ? c - 48 : c - 65;
    sum += i % 2 === 0 ? (ODD[n] ?? 0) : n;
  }
  return String.fromCharCode(65 + (sum % 26)) === text.charAt(15);
}

function cutNational(text: string, cut: Cut): string {
  const named = CONTEXT.test(text)
    ? text.replace(IN_CONTEXT, (found, word: string, number: string) =>
        number.replace(/\D/g, '').length >= 6 ? `${word}${cut('national', number)}` : found,
      )
    : text;
  return named
    .replace(AMERICAN, (found) => cut('national', found))
    .replace(BRAZILIAN, (found) => (isBrazilian(found) ? cut('national', found) : found))
    .replace(ITALIAN, (found) => (isItalian(found) ? cut('national', found) : found));
}

const FORMS = GROUPS.threeTwo | GROUPS.threeDotThree;
/** Letters and digits of an Italian code together. */
const ITALIAN_LENGTH = 16;

/** Numbers that a state gave a person: by the words before them, by form and check digits. */
export const NATIONAL_RULE: Rule = {
  applies: (text, { has, words, groups, longestKey }) =>
    (has & HAS.digit) !== 0 &&
    ((words & WORDS_BITS.national) !== 0 ||
      (groups & FORMS) !== 0 ||
      (longestKey >= ITALIAN_LENGTH && ITALIAN_START.test(text))),
  apply: cutNational,
  notOnIds: true,
};
const ITALIAN_START = /\b[A-Z]{6}\d{2}[A-Z]\d{2}[A-Z]\d/;
