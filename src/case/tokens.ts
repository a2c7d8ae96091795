/**
 * A piece of text with its place. `number` is the bare figure; its unit is the token after it. `clock` is a time of
 * day or a date, `version` a dotted version, `path` a route such as `/search`; none of these is a quantity.
 */
export interface Token {
  kind: 'number' | 'word' | 'symbol' | 'path' | 'clock' | 'version' | 'break';
  text: string;
  lower: string;
  start: number;
  end: number;
  /** For numbers. */
  value?: number;
}

const VULGAR: Readonly<Record<string, number>> = {
  '½': 1 / 2,
  '¼': 1 / 4,
  '¾': 3 / 4,
  '⅓': 1 / 3,
  '⅔': 2 / 3,
};
const isDigit = (c: string | undefined): boolean => c !== undefined && c >= '0' && c <= '9';
const LETTER = /[\p{L}_]/u;
const isLetter = (c: string | undefined): boolean => c !== undefined && LETTER.test(c);
const isSpace = (c: string | undefined): boolean =>
  c === ' ' || c === '\n' || c === '\t' || c === '\r' || c === '\u00a0' || c === '\u202f' || c === '\u2009';
const ABBREVIATIONS = new Set(
  'approx avg ca etc vs max min resp incl excl e.g i.e eg ie no nr sec mins secs hrs hr mio'.split(' '),
);
const ARROWS = ['-->', '==>', '->', '=>', '>=', '<=', '→', '⇒', '⟶', '➔', '…', '...', '..'];
const LONG_DASHES = '–—−';

/** "3,5 s", "0,1 %": a comma before one or two digits and a unit is a decimal comma. */
const DECIMAL_COMMA = /(?<![\d.,])\d{1,6},\d{1,2}\s?(?:%|ms|s|sek|sec|min|h|gb|mb|kb|tb|k|m)(?![\p{L}\d])/iu;

/** True where the writer parts decimals with a comma, so that "1.250" is twelve hundred and fifty. */
export const writesDecimalCommas = (text: string): boolean => DECIMAL_COMMA.test(text);

/**
 * Splits text into tokens in one pass; every token's `text` is `text.slice(start, end)`. `pointsGroup`: points between
 * groups of three digits part thousands.
 */
export function tokenise(text: string, pointsGroup = false): Token[] {
  const out: Token[] = [];
  let i = 0;
  const push = (kind: Token['kind'], end: number, value?: number): void => {
    const part = text.slice(i, end);
    out.push({
      kind,
      text: part,
      lower: part.toLowerCase(),
      start: i,
      end,
      ...(value === undefined ? {} : { value }),
    });
    i = end;
  };
  while (i < text.length) {
    const c = text[i] as string;
    if (c === '\n' && breaksHere(text, i)) {
      push('break', i + 1);
    } else if (isSpace(c)) {
      i++;
    } else if (VULGAR[c] !== undefined) {
      const whole = out[out.length - 1];
      // "2½ minutes"
      if (whole?.kind === 'number' && whole.end === i && whole.value !== undefined) {
        out.pop();
        const part = VULGAR[c] ?? 0;
        i = whole.start;
        push('number', whole.end + 1, whole.value + part);
      } else push('number', i + 1, VULGAR[c]);
    } else if (isDigit(c) || (c === '.' && isDigit(text[i + 1]) && !isLetter(text[i - 1]))) {
      readNumber(text, i, out, push, pointsGroup);
    } else if (isLetter(c) || (c === '.' && /^\.net\b/i.test(text.slice(i, i + 5)))) {
      push('word', endOfWord(text, i));
    } else if (c === '/' && isLetter(text[i + 1]) && opensPath(text, i)) {
      push('path', endOfPath(text, i));
    } else if (c === '.' || c === '!' || c === '?') {
      const arrow = ARROWS.find((a) => text.startsWith(a, i));
      if (arrow) push('symbol', i + arrow.length);
      else push(endsSentence(text, i, out[out.length - 1]) ? 'break' : 'symbol', i + 1);
    } else {
      const arrow = ARROWS.find((a) => text.startsWith(a, i));
      const wide = (text.codePointAt(i) ?? 0) > 0xffff ? 2 : 1;
      push('symbol', i + (arrow?.length ?? wide));
    }
  }
  return out;
}

/** A line break ends a sentence before a blank line, a bullet or a table row; else the line was only wrapped. */
function breaksHere(text: string, at: number): boolean {
  let j = at + 1;
  while (j < text.length && j < at + 40 && (text[j] === ' ' || text[j] === '\t' || text[j] === '\r')) j++;
  const c = text[j];
  if (c === undefined || c === '\n') return true;
  if ('-*•+|#'.includes(c) && (isSpace(text[j + 1]) || c === '|' || c === '#')) return true;
  let k = j;
  while (k < j + 3 && isDigit(text[k])) k++;
  return k > j && (text[k] === ')' || (text[k] === '.' && isSpace(text[k + 1])));
}

function endsSentence(text: string, at: number, before: Token | undefined): boolean {
  if (text[at] !== '.') return isSpace(text[at + 1]) || at + 1 >= text.length;
  if (at + 1 < text.length && !isSpace(text[at + 1]) && text[at + 1] !== ')' && text[at + 1] !== '"')
    return false;
  return !(before?.kind === 'word' && before.end === at && ABBREVIATIONS.has(before.lower));
}

function endOfWord(text: string, from: number): number {
  let j = from + 1;
  while (j < text.length) {
    const c = text[j] as string;
    if (isLetter(c) || isDigit(c)) j++;
    else if ((c === '.' || c === "'" || c === '’') && (isLetter(text[j + 1]) || isDigit(text[j + 1]))) j += 2;
    else if (c === '-' && isDigit(text[j + 1]) && !endsLikeRange(text, j + 1)) j += 2;
    else if (c === '#' && /^[cf]$/i.test(text.slice(from, j))) j++;
    else if (c === '+' && text[j + 1] === '+') j += 2;
    else break;
  }
  return j;
}

/** "us-east-1" is one word; "lag-40s" and "p95-300ms" are a word, a dash and a quantity. */
function endsLikeRange(text: string, from: number): boolean {
  let j = from;
  while (j < text.length && j < from + 16 && (isDigit(text[j]) || text[j] === '.')) j++;
  const c = text[j];
  return (
    c === '%' || (c !== undefined && isLetter(c) && /^(ms|s|sec|kb|mb|gb)\b/i.test(text.slice(j, j + 4)))
  );
}

function opensPath(text: string, at: number): boolean {
  const before = text[at - 1];
  return before === undefined || isSpace(before) || '("`\'[,'.includes(before);
}

function endOfPath(text: string, from: number): number {
  let j = from + 1;
  while (j < text.length && !isSpace(text[j]) && !',;)"`\'('.includes(text[j] as string)) j++;
  while (j > from + 1 && '.:!?'.includes(text[j - 1] as string)) j--;
  return j;
}

const CLOCK =
  /^(?:(?:[01]?\d|2[0-4]):[0-5]\d(?::\d{2})?|\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?Z?)?|\d{1,2}[./]\d{1,2}[./](?:19|20)\d{2}|24\/7)(?!\d)/;
const STATUS_FAMILY = /^[2-5]xxs?(?![\p{L}\d])/iu;
const VERSION = /^\d{1,4}(?:\.\d{1,6}){2,4}(?:[-+][0-9A-Za-z.]{1,20})?/;
/** "850.000", "1.200.000": points between groups of three that end in noughts part thousands. */
const POINT_GROUPED = /^[1-9]\d{0,2}(?:\.\d{3}){0,3}\.000(?![\d.,])/;
const ANY_POINT_GROUPED = /^[1-9]\d{0,2}(?:\.\d{3}){1,3}(?![\d.,])/;
const NUMBER =
  /^(?:\d{1,3}(?:,\d{3})+(?:\.\d{1,9})?|\d{1,3}(?:_\d{3})+|\d{1,3}(?:[\u00a0\u202f\u2009]\d{3})+|\d{1,15}(?:\.\d{1,9})?|\.\d{1,9})/;
const SPACED = /^\d{1,3}(?: \d{3})+(?![\d.,:/%-])/;
const POWER = /^(?:[eE][+]?\d{1,2}(?![\w])|\^\d{1,2})/;

/** Numbers are looked at in a window of 48 characters, so that no run of digits costs more than its length. */
function readNumber(
  text: string,
  at: number,
  out: readonly Token[],
  push: (kind: Token['kind'], end: number, value?: number) => void,
  pointsGroup: boolean,
): void {
  const window = text.slice(at, at + 48);
  // "5xx": a family of status codes is a word.
  const family = STATUS_FAMILY.exec(window);
  if (family) {
    push('word', at + family[0].length);
    return;
  }
  const clock = CLOCK.exec(window);
  if (clock) {
    push('clock', at + clock[0].length);
    return;
  }
  const grouped = (pointsGroup ? ANY_POINT_GROUPED : POINT_GROUPED).exec(window);
  if (grouped) {
    push('number', at + grouped[0].length, Number(grouped[0].replaceAll('.', '')));
    return;
  }
  const version = VERSION.exec(window);
  if (version) {
    push('version', at + version[0].length);
    return;
  }
  const before = out[out.length - 1];
  const spaced = SPACED.exec(window);
  const afterName = before?.kind === 'word' && /^\p{Lu}\p{Ll}/u.test(before.text);
  const plain = spaced && !afterName ? spaced : NUMBER.exec(window);
  let shown = plain?.[0] ?? window[0] ?? '';
  let value = Number(shown.replace(/[,_\u00a0\u202f\u2009 ]/g, ''));
  // "1,8 s": a comma before one or two digits, not in a list of whole numbers, is a decimal comma.
  const comma = /^(\d{1,9}),(\d{1,2})(?![\d,.])/.exec(window);
  if (comma && !spaced && !/^\d{1,3},\d{3}/.test(window) && before?.text !== ',') {
    shown = comma[0];
    value = Number(`${comma[1]}.${comma[2]}`);
  }
  // A run of digits beyond 15 is an identifier.
  let end = at + shown.length;
  if (isDigit(text[end])) {
    while (isDigit(text[end])) end++;
    push('version', end);
    return;
  }
  const power = POWER.exec(text.slice(end, end + 6));
  if (power) {
    const exponent = Number(power[0].replace(/[eE^+]/g, ''));
    value = power[0].startsWith('^') ? value ** exponent : value * 10 ** exponent;
    end += power[0].length;
  }
  push('number', end, Number.isFinite(value) ? value : 0);
}

/** True when nothing stands between two tokens. */
export const glued = (a: Token | undefined, b: Token | undefined): boolean =>
  a !== undefined && b !== undefined && a.end === b.start;

export const isLongDash = (t: Token): boolean => t.kind === 'symbol' && LONG_DASHES.includes(t.text);
export const isDash = (t: Token | undefined): boolean =>
  t !== undefined &&
  (t.text === '-' || isLongDash(t) || t.text === '..' || t.text === '…' || t.text === '...');
export const isArrow = (t: Token | undefined): boolean =>
  t !== undefined && ['→', '->', '-->', '=>', '==>', '⇒', '⟶', '➔'].includes(t.text);
