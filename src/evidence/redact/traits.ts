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
  question: 8192,
} as const;

/** A character that can be part of a token: letters, digits and `+ _ -`. */
const TOKEN = 1 << 20;
/** A character that may stand between the groups of a card or telephone number. */
const GAP = 1 << 21;
const HEXADECIMAL = 1 << 22;
const MAX_GAP = 2;
/** FNV-1a. */
const START = 0x811c9dc5 | 0;
const PRIME = 0x01000193;

/** Words that rules look for, by rule: a text without any of a rule's words needs no closer look. */
export const WORDS = {
  sql: 1,
  column: 2,
  national: 4,
  phone: 8,
  called: 16,
  bearer: 32,
  flag: 64,
  maker: 128,
  select: 256,
  insert: 512,
  update: 1024,
  remove: 2048,
  with: 4096,
  call: 8192,
  create: 16384,
  set: 32768,
  values: 65536,
  condition: 131072,
  tool: 262144,
  said: 524288,
} as const;
const VOCABULARY: Readonly<Record<keyof typeof WORDS, string>> = {
  sql: 'select insert update delete with call exec execute create alter set values where and or having on',
  column:
    'ssn social tax passport passportno phone phonenumber phoneno mobile mobileno card cardno cardnumber pan cvv cvc pin password secret iban account',
  national:
    'ssn social national nino tax taxpayer taxid itin passport identity driver drivers driving steuer steuerid steueridentifikationsnummer steuernummer sozialversicherungsnummer personalausweis personalausweisnummer cpf curp aadhaar bsn dni nie nif nir pesel personnummer codice nhs sin',
  phone:
    'phone phonenumber phoneno mobile mobilenumber telephone tel telno fax msisdn cell cellphone handy telefon telefonnummer',
  called:
    'call called calling callback caller dial dialled dialed dialing dialling sms texted whatsapp contact contacted',
  bearer: 'bearer token basic',
  select: 'select',
  insert: 'insert',
  update: 'update',
  remove: 'delete',
  with: 'with',
  call: 'call exec execute',
  create: 'create alter',
  set: 'set',
  values: 'values',
  condition: 'where and or having on',
  tool: 'curl mysql mysqldump mysqladmin wget user',
  said: 'password passwd passphrase pwd otp code key',
  flag: 'password passwd pass token secret key',
  maker:
    'ghp gho ghu ghs ghr github glpat xoxa xoxb xoxe xoxo xoxp xoxr xoxs slack sk pk rk whsec ya npm sg doo dop dor shpat shpca shppa shpss sq hvs hvb hvr pypi xapp glrt gldt pul gocspx nrak pmak atatt rubygems glsa glc hf lin dckr sntrys sbp figd rzp flwseck',
};
/** Bits of words by the hash of the word; a few others share a place, which costs a closer look only. */
const WORD_BITS = ((): Uint32Array => {
  const table = new Uint32Array(16_384);
  for (const [rule, words] of Object.entries(VOCABULARY) as [keyof typeof WORDS, string][])
    for (const word of words.split(' ')) {
      let hash = START;
      for (let i = 0; i < word.length; i++) hash = Math.imul(hash ^ word.charCodeAt(i), PRIME);
      const place = (hash ^ (hash >>> 15)) & 0x3fff;
      table[place] = (table[place] ?? 0) | WORDS[rule];
    }
  return table;
})();

export interface Traits {
  /** Which of `HAS` occur. */
  has: number;
  /** Which of `WORDS` may occur, as words of letters; `phoneNumber` and `phone_number` are two. */
  words: number;
  /** Most numbers of up to three digits in a row with a dot between them. */
  dottedNumbers: number;
  /** Most colons in a row with at most four hexadecimal digits between them. */
  colonChain: number;
  doubleColon: boolean;
  /** Groups of digits joined by one sign: `123-45`, `415-555`, `123.456`, `4111 1111`. */
  groups: number;
  /** Most digits in a row, with at most two blanks, dots, hyphens or brackets between them. */
  longestNumber: number;
  /** Most digits in a row with nothing between them. */
  longestDigits: number;
  /** Length of the longest run of token characters. */
  longestRun: number;
  /** Length of the longest such run that has digits and capitals. */
  longestKey: number;
  /** Length of the longest such run that has digits, capitals and small letters. */
  longestMixed: number;
  /** Where `:` and `=` stand: the first `signs` places. Beyond its length they are not noted, only counted. */
  signsAt: Uint32Array;
  signs: number;
}

/** Characters without which no rule finds anything in a short text without words of any rule. */
const TELLING = HAS.at | HAS.digit | HAS.colon | HAS.equals | HAS.quote | HAS.bracket | HAS.question;
/** `-----BEGIN` has both. */
const PEM_SIGNS = HAS.dash | HAS.upper;
/** All keys with a known beginning and no digit are longer. */
const SHORT_RUN = 11;

/** Whether no rule of ours can find anything: the names of services, methods and operations, which most values are. */
export const isPlain = ({ has, words, longestRun }: Traits): boolean =>
  words === 0 &&
  (has & TELLING) === 0 &&
  (has & PEM_SIGNS) !== PEM_SIGNS &&
  (longestRun < SHORT_RUN || (longestRun < MIN_PREFIXED && (has & HAS.upper) === 0));

/** The shortest key with a published beginning that is no JSON Web Token. */
export const MIN_PREFIXED = 20;
export const GROUPS = {
  threeTwo: 1,
  threeThree: 2,
  threeDotThree: 4,
  plusDigit: 8,
  bracketDigit: 16,
  four: 32,
} as const;

const TABLE = ((): Uint32Array => {
  const table = new Uint32Array(128);
  const set = (characters: string, bits: number): void => {
    for (const c of characters) table[c.charCodeAt(0)] = (table[c.charCodeAt(0)] ?? 0) | bits;
  };
  set('ABCDEFGHIJKLMNOPQRSTUVWXYZ', HAS.upper | TOKEN);
  set('abcdefghijklmnopqrstuvwxyz', HAS.lower | TOKEN);
  set('0123456789', HAS.digit | TOKEN);
  set('0123456789abcdefABCDEF', HEXADECIMAL);
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
  set('?', HAS.question);
  return table;
})();

const KEY = HAS.digit | HAS.upper;
const MIXED = KEY | HAS.lower;
const LETTER = HAS.upper | HAS.lower;
const SIGN = HAS.colon | HAS.equals;
/** More than an address has between two colons. */
const NOT_HEXADECIMAL = 1000;
const DASH = 45;
const BLANK = 32;
const ZERO = 48;
const DOT = 46;
const PLUS = 43;
const BRACKET = 40;

/** One for all texts: a million attributes would make a million of them. */
const found: Traits = {
  has: 0,
  words: 0,
  dottedNumbers: 0,
  colonChain: 0,
  doubleColon: false,
  groups: 0,
  longestNumber: 0,
  longestDigits: 0,
  longestRun: 0,
  longestKey: 0,
  longestMixed: 0,
  signsAt: new Uint32Array(512),
  signs: 0,
};

/** One pass over the text. What it returns is good until the next call. */
export function traitsOf(text: string): Traits {
  let has = 0;
  let words = 0;
  let dotted = 0;
  let dottedNumbers = 0;
  let longestDigits = 0;
  let groups = 0;
  let number = 0;
  let gap = 0;
  let longestNumber = 0;
  let run = 0;
  let runHas = 0;
  let longestRun = 0;
  let longestKey = 0;
  let longestMixed = 0;
  let hash = START;
  let isWord = false;
  let before = 0;
  let beforeBits = 0;
  let beforeThat = 0;
  let digits = 0;
  let digitsBefore = 0;
  let joint = 0;
  let chain = 0;
  let colonChain = 0;
  let sinceColon = 0;
  let doubleColon = false;
  let signs = 0;
  const signsAt = found.signsAt;
  const length = text.length;
  // One step beyond the end closes the last word and number.
  for (let i = 0; i <= length; i++) {
    let code = i < length ? text.charCodeAt(i) : 0;
    let bits = code < 128 ? (TABLE[code] as number) : 0;
    has |= bits;
    if (digits > 0 && (bits & HAS.digit) === 0) {
      if (digits > longestDigits) longestDigits = digits;
      if (digitsBefore === 3) {
        if (joint === DASH) {
          if (digits === 2) groups |= GROUPS.threeTwo;
          else if (digits === 3) groups |= GROUPS.threeThree;
        } else if (joint === DOT && digits === 3) groups |= GROUPS.threeDotThree;
      } else if (digitsBefore === 4 && (joint === DASH || joint === BLANK) && (digits === 4 || digits === 6))
        groups |= GROUPS.four;
      dotted = digits > 3 ? 0 : digitsBefore > 0 && joint === DOT ? dotted + 1 : 1;
      if (dotted > dottedNumbers) dottedNumbers = dotted;
      digitsBefore = digits;
      digits = 0;
      joint = code;
    } else if ((bits & HAS.digit) === 0) digitsBefore = 0;
    if (bits & LETTER) {
      // Most characters are letters: all that stand in a row at once.
      const from = i;
      let every = bits;
      for (;;) {
        if (bits & HAS.upper && beforeBits & HAS.lower) {
          words |= WORD_BITS[(hash ^ (hash >>> 15)) & 0x3fff] as number;
          hash = START;
        }
        hash = Math.imul(hash ^ (code | 32), PRIME);
        runHas |= bits;
        every &= bits;
        if (i + 1 >= length) break;
        const next = text.charCodeAt(i + 1);
        const nextBits = next < 128 ? (TABLE[next] as number) : 0;
        if ((nextBits & LETTER) === 0) break;
        i++;
        before = code;
        beforeBits = bits;
        code = next;
        bits = nextBits;
      }
      has |= runHas;
      isWord = true;
      number = 0;
      if (every & HEXADECIMAL) sinceColon += i + 1 - from;
      else sinceColon = NOT_HEXADECIMAL;
      run += i + 1 - from;
    } else {
      if (isWord) {
        words |= WORD_BITS[(hash ^ (hash >>> 15)) & 0x3fff] as number;
        hash = START;
        isWord = false;
      }
      if (bits & HAS.digit) {
        if (digits === 0) {
          if (before === PLUS) {
            if (code !== ZERO && (beforeThat & TOKEN) === 0) groups |= GROUPS.plusDigit;
          } else if (before === BRACKET) groups |= GROUPS.bracketDigit;
        }
        digits++;
        gap = 0;
        sinceColon++;
        if (++number > longestNumber) longestNumber = number;
      } else {
        if (number > 0 && ((bits & GAP) === 0 || ++gap > MAX_GAP)) number = 0;
        if (bits & SIGN && signs++ < signsAt.length) signsAt[signs - 1] = i;
        if (bits & HAS.colon) {
          if (before === code) doubleColon = true;
          chain = sinceColon <= 4 ? chain + 1 : 1;
          sinceColon = 0;
          if (chain > colonChain) colonChain = chain;
        } else {
          chain = 0;
          sinceColon = 0;
        }
      }
      if (bits & TOKEN) {
        run++;
        runHas |= bits;
      } else if (run > 0) {
        if (run > longestRun) longestRun = run;
        if (run > longestKey && (runHas & KEY) === KEY) longestKey = run;
        if (run > longestMixed && (runHas & MIXED) === MIXED) longestMixed = run;
        run = 0;
        runHas = 0;
      }
    }
    before = code;
    beforeThat = beforeBits;
    beforeBits = bits;
  }
  found.has = has & (TOKEN - 1);
  found.words = words;
  found.dottedNumbers = dottedNumbers;
  found.colonChain = colonChain;
  found.doubleColon = doubleColon;
  found.groups = groups;
  found.longestNumber = longestNumber;
  found.longestDigits = longestDigits;
  found.longestRun = longestRun;
  found.longestKey = longestKey;
  found.longestMixed = longestMixed;
  found.signs = signs;
  return found;
}
