import type { Cut, Rule } from './rule.js';
import { HAS } from './traits.js';

const PEM =
  /-----BEGIN [A-Z ]{0,40}(?:PRIVATE KEY|CERTIFICATE)[A-Z ]{0,20}-----[A-Za-z0-9+/=\s\\:,.-]*?(?:-----END [A-Z ]{0,60}-----|$)/g;
const URL_PASSWORD =
  /((?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]{1,20}:\/\/[^\s:@/'"<>]{0,128}:)([^\s@/'"]{1,256})@/g;

/**
 * Published prefixes: AWS, GitHub, GitLab, Slack, Stripe, Google, npm, SendGrid, OpenAI-like, Twilio, DigitalOcean,
 * Shopify, Square, and JSON Web Tokens (a base64 object that begins with `{"`).
 */
const KNOWN_PREFIX = new RegExp(
  [
    '\\b(?:AKIA|ASIA|AROA|AIDA)[0-9A-Z]{16}\\b',
    '\\bgh[pousr]_[A-Za-z0-9]{20,255}',
    '\\bgithub_pat_[A-Za-z0-9_]{20,255}',
    '\\bglpat-[A-Za-z0-9_-]{16,64}',
    '\\bxox[abeoprs]-[A-Za-z0-9-]{10,255}',
    '\\bhooks\\.slack\\.com/services/[A-Za-z0-9/]{20,120}',
    '\\b(?:sk|pk|rk)_(?:live|test)_[A-Za-z0-9]{10,255}',
    '\\bwhsec_[A-Za-z0-9+/=]{16,128}',
    '\\bAIza[0-9A-Za-z_-]{35}',
    '\\bya29\\.[0-9A-Za-z_-]{20,512}',
    '\\bnpm_[A-Za-z0-9]{30,64}',
    '\\bSG\\.[A-Za-z0-9_-]{16,64}\\.[A-Za-z0-9_-]{16,64}',
    '\\bsk-(?:ant-|proj-)?[A-Za-z0-9_-]{20,255}',
    '\\bdo[opr]_v1_[a-f0-9]{40,80}',
    '\\bshp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}',
    '\\bsq0(?:atp|csp)-[A-Za-z0-9_-]{20,60}',
    '\\beyJ[A-Za-z0-9_-]{8,4096}\\.[A-Za-z0-9_-]{4,8192}(?:\\.[A-Za-z0-9_-]{0,4096})?',
  ].join('|'),
  'g',
);

const BEARER = /(\b(?:bearer|token)[ ]{1,3})([A-Za-z0-9._~+/=-]{8,4096})/gi;
const BASIC = /(\bbasic[ ]{1,3})([A-Za-z0-9+/]{8,512}={0,2})/gi;

const SECRET_NAMES =
  'passw(?:or)?d|passphrase|pwd|secret|token|api[_-]?key|apikey|access[_-]?key|account[_-]?key|private[_-]?key|credential|authorization|cookie|signature|jsessionid|phpsessid|connect\\.sid';
const SECRET_NAME = new RegExp(SECRET_NAMES, 'i');
/** `name`, perhaps quoted, `:` or `=`, then a quoted or a bare value. A placeholder is no name: `<secret:1>`. */
const ASSIGNMENT = new RegExp(
  `(?<!<)(${SECRET_NAMES})([\\w.-]{0,24})(\\\\?["']?\\s{0,2}[:=]\\s{0,2})(?:(\\\\?["'])([^"'\\\\]{1,4096})|([^\\s,;&"'<>(){}\\[\\]\\\\]{1,4096}))`,
  'gi',
);
const NO_SECRET =
  /^(?:true|false|null|none|nil|undefined|\*+|x{3,}|\[?redacted\]?|\[?filtered\]?|<.*|\$\{?\w*\}?|\?)$/i;
const PASSWORD = /^(?:passw(?:or)?d|passphrase|pwd)$/i;
const NUMBER = /^-?\d+(?:\.\d+)?$/;

function cutAssignments(text: string, cut: Cut): string {
  return text.replace(
    ASSIGNMENT,
    (found, name: string, suffix: string, sign: string, quote?: string, quoted?: string, bare?: string) => {
      const value = quoted ?? bare ?? '';
      if (NO_SECRET.test(value) || isPlaceholder(value)) return found;
      const isPassword = PASSWORD.test(name) && suffix === '';
      // A count or a time beside a word such as token is a measurement: `tokens: 1500`.
      if (NUMBER.test(value) && !isPassword) return found;
      // Prose: "token: expired". An assignment without blanks, or a password, is taken as meant.
      const prose = /:\s/.test(sign) && quote === undefined && !isPassword;
      if (prose && !/\d|[A-Z].*[a-z].*[A-Z]/.test(value)) return found;
      // `authorization: Bearer …` was cut as a bearer token already.
      if (/^(?:bearer|basic|digest|negotiate)$/i.test(value)) return found;
      return `${name}${suffix}${sign}${quote ?? ''}${cut('secret', value)}`;
    },
  );
}

const isPlaceholder = (text: string): boolean => /^<[a-z]+:\d+/.test(text);

const MIN_TOKEN = 24;
const TOKEN = /[A-Za-z0-9_+-]{24,}/g;
const MIN_CHUNK = 20;
/** Random base64 has 6 bits a character; words and identifiers of this length stay below this. */
const MIN_ENTROPY_BITS = 3.7;

/**
 * A long string that no one would write: mixed case with digits scattered in it and high entropy. Hex (trace ids,
 * hashes), UUIDs, numbers and names of words joined by `-` or `_` are none.
 */
function isToken(found: string): boolean {
  const chunk = found.split(/[-_+]/).sort((a, b) => b.length - a.length)[0] ?? '';
  return chunk.length >= MIN_CHUNK && looksRandom(chunk) && entropyBits(chunk) >= MIN_ENTROPY_BITS;
}

function looksRandom(text: string): boolean {
  if (/^[0-9a-fA-F-]*$/.test(text)) return false;
  if (!/[A-Z]/.test(text) || !/[a-z]/.test(text)) return false;
  return (text.match(/\d+/g) ?? []).length >= 3;
}

/** Shannon's entropy of the characters, in bits a character. */
function entropyBits(text: string): number {
  const counts = new Map<string, number>();
  for (const c of text) counts.set(c, (counts.get(c) ?? 0) + 1);
  let bits = 0;
  for (const n of counts.values()) bits -= (n / text.length) * Math.log2(n / text.length);
  return bits;
}

const MAX_NAME = 64;
const nameIsSecret = new Map<string, boolean>();
const MAX_NAMES = 5_000;

/** Looks at the names before `:` and `=`; names repeat, so their answers are remembered. */
function assignsSecret(text: string): boolean {
  for (let i = 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code !== 58 && code !== 61) continue;
    let end = i;
    while (end > 0 && end > i - 5 && !isNameCode(text.charCodeAt(end - 1))) end--;
    let start = end;
    while (start > 0 && end - start < MAX_NAME && isNameCode(text.charCodeAt(start - 1))) start--;
    if (end - start < 3) continue;
    const name = text.slice(start, end);
    let secret = nameIsSecret.get(name);
    if (secret === undefined) {
      secret = SECRET_NAME.test(name);
      if (nameIsSecret.size < MAX_NAMES) nameIsSecret.set(name, secret);
    }
    if (secret) return true;
  }
  return false;
}

/** Letters, digits, `_`, `-` and `.`. */
const isNameCode = (code: number): boolean =>
  (code >= 97 && code <= 122) ||
  (code >= 65 && code <= 90) ||
  (code >= 48 && code <= 57) ||
  code === 95 ||
  code === 45 ||
  code === 46;

const includesAny = (text: string, words: readonly string[]): boolean => words.some((w) => text.includes(w));
const MIN_KEY = 12;
/** Keys of these makers may have no capitals. */
const SMALL_PREFIXES = [
  '_v1_',
  'shpat_',
  'shpca_',
  'shppa_',
  'shpss_',
  '_live_',
  '_test_',
  'xox',
  'sk-',
  'npm_',
  'glpat-',
];

/** Keys, passwords and tokens: by shape, by known beginnings, by the name they are given, by entropy. */
export const SECRET_RULES: readonly Rule[] = [
  {
    applies: (text, { has }) => (has & HAS.dash) !== 0 && text.includes('-----BEGIN'),
    apply: (text, cut) => text.replace(PEM, (found) => cut('secret', found)),
  },
  {
    applies: (text, { has }) => (has & HAS.at) !== 0 && text.includes('://'),
    apply: (text, cut) =>
      text.replace(URL_PASSWORD, (found, before: string, password: string) =>
        isPlaceholder(password) ? found : `${before}${cut('secret', password)}@`,
      ),
  },
  {
    applies: (text, { longestKey, longestRun }) =>
      longestKey >= MIN_KEY ||
      (longestRun >= MIN_KEY && includesAny(text, SMALL_PREFIXES)) ||
      text.includes('eyJ'),
    apply: (text, cut) => text.replace(KNOWN_PREFIX, (found) => cut('secret', found)),
  },
  {
    applies: (text, { longestRun }) =>
      longestRun >= 8 && includesAny(text, ['earer ', 'EARER ', 'oken ', 'OKEN ', 'asic ', 'ASIC ']),
    apply: cutBearers,
  },
  {
    applies: (text, { has }) => (has & (HAS.equals | HAS.colon)) !== 0 && assignsSecret(text),
    apply: cutAssignments,
  },
  {
    applies: (_text, { longestMixed }) => longestMixed >= MIN_TOKEN,
    apply: (text, cut) => text.replace(TOKEN, (found) => (isToken(found) ? cut('token', found) : found)),
    notOnIds: true,
  },
];

function cutBearers(text: string, cut: Cut): string {
  return text
    .replace(BEARER, (found, word: string, token: string) =>
      looksRandom(token) || token.length >= 20 ? `${word}${cut('secret', token)}` : found,
    )
    .replace(BASIC, (found, word: string, code: string) =>
      Buffer.from(code, 'base64').toString('latin1').includes(':') ? `${word}${cut('secret', code)}` : found,
    );
}
