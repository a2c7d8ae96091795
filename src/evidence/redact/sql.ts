import type { Cut, Rule } from './rule.js';
import { HAS, WORDS } from './traits.js';

const NAME = '[\\w."`\\[\\]$]{1,200}';
/** Shapes that prose does not take by chance. Words are checked next to each other, so that the cost is linear. */
const SHAPES: readonly (readonly [word: number, shape: RegExp])[] = [
  [WORDS.insert, new RegExp(`\\binsert\\s{1,9}(?:ignore\\s{1,9})?into\\s{1,9}${NAME}`, 'i')],
  [
    WORDS.update,
    new RegExp(
      `\\bupdate\\s{1,9}(?:only\\s{1,9})?${NAME}\\s{1,9}(?:as\\s{1,9})?(?:\\w{1,64}\\s{1,9})?set\\s{1,9}${NAME}\\s{0,9}=`,
      'i',
    ),
  ],
  [WORDS.remove, new RegExp(`\\bdelete\\s{1,9}from\\s{1,9}${NAME}`, 'i')],
  [WORDS.with, /\bwith\s{1,9}(?:recursive\s{1,9})?["`\w]{1,64}\s{1,9}as\s{0,9}\(/i],
  [WORDS.call, /\b(?:call|exec|execute)\s{1,9}[\w.]{1,128}\s{0,9}[('@]/i],
  [WORDS.create, /\b(?:create|alter)\s{1,9}(?:user|role|login)\b/i],
  [
    WORDS.set,
    /\bSET\s{1,9}(?:SESSION\s{1,9}|LOCAL\s{1,9}|GLOBAL\s{1,9})?[\w.@]{1,128}\s{0,9}(?:=|TO\b)\s{0,9}'/,
  ],
  [WORDS.values, /\bVALUES\s{0,9}\(/i],
  [
    WORDS.condition,
    new RegExp(
      `\\b(?:where|and|or|having|on)\\s{1,9}${NAME}\\s{0,9}(?:=|<|>|!=|~|like\\b|ilike\\b|in\\s{0,9}\\()\\s{0,9}['"(]`,
      'i',
    ),
  ],
];
const SELECT = /\bselect\b/i;
const AFTER_SELECT = /\bfrom\s{1,9}["`\w([]/i;
const CLAUSE = /\b(?:where|join|group by|order by|limit|having|union)\b|\*|\bdistinct\b|\bcount\s{0,3}\(/i;

/** Where a statement begins in a text, or −1 when there is none. */
function sqlStart(text: string, words: number): number {
  let first = -1;
  const select = (words & WORDS.select) !== 0 ? SELECT.exec(text) : null;
  if (select) {
    const rest = text.slice(select.index);
    const written = select[0] === 'SELECT' && /^SELECT\s{1,9}(?:'|[\w."*]{1,64}\s{0,9}[,'=])/.test(rest);
    if (written || (AFTER_SELECT.test(rest) && (select[0] === 'SELECT' || CLAUSE.test(rest))))
      first = select.index;
  }
  const before = first < 0 ? text : text.slice(0, first);
  if (before.trim() === '') return first;
  for (const [word, shape] of SHAPES) {
    if ((words & word) === 0) continue;
    const at = before.search(shape);
    if (at >= 0 && (first < 0 || at < first)) first = at;
  }
  return first;
}

/** Literals that say nothing of a person: empty, small numbers, times, intervals, UUIDs, and our placeholders. */
const HARMLESS =
  /^(?:|-?\d{1,6}(?:\.\d+)?|\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}(?::?\d{2})?)?)?|\d{1,7} ?(?:us|ms|s|sec|min|second|minute|hour|day|week|month|year)s?|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|<[a-z]+:\d+>)$/i;

/** Columns whose numbers are personal or secret too. */
const PERSONAL_NUMBER =
  /\b((?:\w{0,40}[_.])?(?:ssn|social_security|tax_id|passport\w{0,10}|phone\w{0,10}|mobile|card_?(?:number|no)?|pan|cvv|cvc|pin|password|secret|iban|account_(?:no|number))["'`\]]?\s{0,3}(?:=|<>|!=|>=|<=|>|<)\s{0,3})(\d{3,19})\b/gi;

const OPERATOR_BEFORE = /(?:[=<>(,]|\b(?:like|ilike|in|values|regexp|rlike))\s*$/i;

/**
 * Replaces the string literals of SQL from `start` on by quoted placeholders, so that the statement stays a
 * statement. Identifiers, placeholders ($1, ?, :name) and numbers stay; numbers compared with a personal
 * column do not. A literal that is cut off runs to the end. One pass.
 */
function cutSqlLiterals(text: string, start: number, cut: Cut): string {
  const backticks = text.includes('`');
  let out = text.slice(0, start);
  let plainFrom = start;
  let at = start;
  const literal = (open: number, close: number, prefix: string, suffix: string): void => {
    const value = text.slice(open, close);
    out += text.slice(plainFrom, open - prefix.length);
    out += HARMLESS.test(value) ? `${prefix}${value}${suffix}` : `${prefix}${cut('literal', value)}${suffix}`;
  };
  /** Comments may have apostrophes, and may be statements that were switched off. */
  const comment = (end: number): void => {
    out += text.slice(plainFrom, at);
    out += text
      .slice(at, end)
      .replace(/'([^'\n]*)'/g, (found, value: string) =>
        HARMLESS.test(value) ? found : `'${cut('literal', value)}'`,
      );
    at = plainFrom = end;
  };
  while (at < text.length) {
    const c = text.charAt(at);
    if (c === "'") {
      const close = closing(text, at + 1, "'");
      literal(at + 1, close, "'", close < text.length ? "'" : '');
      at = plainFrom = Math.min(close + 1, text.length);
    } else if (c === '"') {
      const close = closing(text, at + 1, '"');
      const quoted = text.slice(at + 1, close);
      // MySQL writes strings with double quotes; elsewhere they are names.
      const isString =
        text.charAt(close + 1) !== '.' &&
        OPERATOR_BEFORE.test(text.slice(Math.max(0, at - 12), at)) &&
        (backticks || !/^[A-Za-z_][\w$]*$/.test(quoted));
      if (isString) {
        literal(at + 1, close, '"', close < text.length ? '"' : '');
        plainFrom = Math.min(close + 1, text.length);
      }
      at = Math.min(close + 1, text.length);
    } else if (c === '$') {
      const tag = DOLLAR_TAG.exec(text.slice(at, at + 40))?.[0];
      const close = tag === undefined ? -1 : text.indexOf(tag, at + tag.length);
      if (tag !== undefined && close >= 0) {
        literal(at + tag.length, close, tag, tag);
        at = plainFrom = close + tag.length;
      } else at++;
    } else if (c === '-' && text.charAt(at + 1) === '-') {
      const end = text.indexOf('\n', at);
      comment(end < 0 ? text.length : end);
    } else if (c === '/' && text.charAt(at + 1) === '*') {
      const end = text.indexOf('*/', at + 2);
      comment(end < 0 ? text.length : end + 2);
    } else at++;
  }
  out += text.slice(plainFrom);
  return out.replace(
    PERSONAL_NUMBER,
    (_found, column: string, value: string) => `${column}'${cut('literal', value)}'`,
  );
}

const DOLLAR_TAG = /^\$(?:[A-Za-z_]\w{0,30})?\$/;

/** The index of the quote that ends a literal; a doubled quote or one after a backslash does not. */
function closing(text: string, from: number, quote: string): number {
  for (let i = from; i < text.length; i++) {
    const c = text.charAt(i);
    if (c === '\\') i++;
    else if (c === quote) {
      if (text.charAt(i + 1) !== quote) return i;
      i++;
    }
  }
  return text.length;
}

/** Literals of SQL statements, also of those inside other text. */
export const SQL_RULE: Rule = {
  applies: (text, { has, words, longestNumber }) =>
    (words & WORDS.sql) !== 0 &&
    ((has & (HAS.quote | HAS.doubleQuote)) !== 0 ||
      ((has & HAS.dollar) !== 0 && DOLLAR_QUOTE.test(text)) ||
      ((has & HAS.equals) !== 0 && longestNumber >= 3 && (words & WORDS.column) !== 0)),
  apply(text, cut, { words }) {
    const start = sqlStart(text, words);
    if (start < 0) return text;
    const end = endOfQuoted(text, start);
    return cutSqlLiterals(text.slice(0, end), start, cut) + text.slice(end);
  },
};
/** Where the quoted value ends that a statement stands in (`msg="SELECT …" rows=5`), or the end of the text. */
function endOfQuoted(text: string, start: number): number {
  let isOpen = false;
  for (let at = text.indexOf('"'); at >= 0 && at < start; at = text.indexOf('"', at + 1))
    if (text.charAt(at - 1) !== '\\') isOpen = !isOpen;
  if (!isOpen) return text.length;
  for (let at = text.indexOf('"', start); at >= 0; at = text.indexOf('"', at + 1))
    if (text.charAt(at - 1) !== '\\') return at;
  return text.length;
}
const DOLLAR_QUOTE = /\$(?:[A-Za-z_]\w{0,30})?\$/;
