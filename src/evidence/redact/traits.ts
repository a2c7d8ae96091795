/** What kinds of characters a text holds: tells in one pass which rules can apply at all. */
export const HAS = {
  at: 1,
  digit: 2,
  colon: 4,
  equals: 8,
  plus: 16,
  quote: 32,
  bracket: 64,
  dash: 128,
  upper: 256,
  lower: 512,
  dot: 1024,
  doubleQuote: 2048,
  dollar: 4096,
} as const;

/** A character that can be part of a token: letters, digits and `+ _ -`. */
const TOKEN = 1 << 20;
/** A character that may stand between the groups of a card or telephone number. */
const GAP = 1 << 21;
const MAX_GAP = 2;

export interface Traits {
  /** Which of `HAS` occur. */
  has: number;
  dots: number;
  colons: number;
  /** Most digits in a row, with at most two blanks, dots, hyphens or brackets between them. */
  longestNumber: number;
  /** Length of the longest run of token characters. */
  longestRun: number;
  /** Length of the longest such run that has digits and capitals. */
  longestKey: number;
  /** Length of the longest such run that has digits, capitals and small letters. */
  longestMixed: number;
}

const TABLE = ((): Uint32Array => {
  const table = new Uint32Array(128);
  const set = (characters: string, bits: number): void => {
    for (const c of characters) table[c.charCodeAt(0)] = (table[c.charCodeAt(0)] ?? 0) | bits;
  };
  set('ABCDEFGHIJKLMNOPQRSTUVWXYZ', HAS.upper | TOKEN);
  set('abcdefghijklmnopqrstuvwxyz', HAS.lower | TOKEN);
  set('0123456789', HAS.digit | TOKEN);
  set('+', HAS.plus | TOKEN);
  set('-', HAS.dash | TOKEN | GAP);
  set('_', TOKEN);
  set(' ', GAP);
  set('(', HAS.bracket | GAP);
  set(')', GAP);
  set('.', HAS.dot | GAP);
  set('=', HAS.equals);
  set('@', HAS.at);
  set(':', HAS.colon);
  set("'", HAS.quote);
  set('"', HAS.doubleQuote);
  set('$', HAS.dollar);
  return table;
})();

const KEY = HAS.digit | HAS.upper;
const MIXED = KEY | HAS.lower;

/** One pass over the text. */
export function traitsOf(text: string): Traits {
  let has = 0;
  let dots = 0;
  let colons = 0;
  let number = 0;
  let gap = 0;
  let longestNumber = 0;
  let run = 0;
  let runHas = 0;
  let longestRun = 0;
  let longestKey = 0;
  let longestMixed = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const bits = code < 128 ? (TABLE[code] as number) : 0;
    has |= bits;
    if (bits & HAS.digit) {
      number++;
      gap = 0;
      if (number > longestNumber) longestNumber = number;
    } else if (number > 0) {
      if ((bits & GAP) === 0 || ++gap > MAX_GAP) {
        number = 0;
        gap = 0;
      }
      if (bits & HAS.dot) dots++;
      else if (bits & HAS.colon) colons++;
    } else if (bits & HAS.dot) dots++;
    else if (bits & HAS.colon) colons++;
    if (bits & TOKEN) {
      runHas |= bits;
      if (++run > longestRun) longestRun = run;
      if (run > longestKey && (runHas & KEY) === KEY) longestKey = run;
      if (run > longestMixed && (runHas & MIXED) === MIXED) longestMixed = run;
    } else {
      run = 0;
      runHas = 0;
    }
  }
  return { has: has & (TOKEN - 1), dots, colons, longestNumber, longestRun, longestKey, longestMixed };
}
