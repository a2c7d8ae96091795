import { isPlaceholder, KEYED_RULE } from './keyed.js';
import { isHeldAsId } from './keys.js';
import type { Cut, Rule } from './rule.js';
import { HAS, MIN_PREFIXED, WORDS } from './traits.js';

const PEM =
  /-----BEGIN [A-Z ]{0,40}(?:PRIVATE KEY|CERTIFICATE)[A-Z ]{0,20}-----[A-Za-z0-9+/=\s\\:,.-]*?(?:-----END [A-Z ]{0,60}-----|$)/g;
const URL_PASSWORD =
  /((?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]{1,20}:\/\/[^\s:@/'"<>]{0,128}:)([^\s/'"<>]{1,256})@|((?<![A-Za-z0-9+.-])https?:\/\/)([A-Za-z0-9_-]{16,256})@|(\bjdbc:oracle:\w+:[^\s/@]{1,64}\/)([^\s@/]{1,128})@/g;
/** A line of a PEM block that stands alone, and the beginning of keys and certificates in DER. */
const PEM_LINE = /(?:^|\n)[ \t]*[A-Za-z0-9+/]{64}(?=\r?\n|$)|\bMII[A-Za-z0-9+/]{40,8192}={0,2}/g;
/** Secrets among the arguments of a command. */
const FLAG =
  /((?<![\w-])--?(?:\w{1,20}-)?(?:password|passwd|pass|token|secret|api-key|access-key|secret-key)(?: |=)["']?)([^\s"'\\<-][^\s"'\\]{2,256})/g;
/** `curl -u name:password` and `mysql -pPassword`. */
const USER_FLAG =
  /((?<![\w-])(?:-u|--user|--proxy-user)[ =]["']?[^\s:"']{1,64}:)([^\s"']{1,256})|(\bmysql\w*\s(?:[^\n]{0,80}\s)?-p)([^\s"'-][^\s"']{2,128})/g;
/** Secrets in prose: `password is …`, `otp …`, `secret key …`. */
const SAID =
  /(\b(?:password|passwd|passphrase|pwd)(?: is| was)? ["']?)((?=[^\s"']*[A-Za-z])(?=[^\s"']*\d)[^\s"',;=:<>\\]{6,128})|(\b(?:otp|one-time code|verification code|pin code)(?: is| was)? )(\d{4,8})\b|(\b(?:secret|api|access|private|encryption|signing) key(?: is| was)? ["']?)((?=[^\s"']*[A-Za-z])(?=[^\s"']*\d)[A-Za-z0-9+/=_.-]{16,256})/gi;

/** The other half of a key pair of AWS, which has no prefix of its own. */
const BESIDE_KEY_ID = /(?<![A-Za-z0-9+/=])[A-Za-z0-9+/]{40}(?![A-Za-z0-9+/=])/g;

/**
 * Published prefixes: AWS, GitHub, GitLab, Slack, Stripe, Google, npm, SendGrid, OpenAI-like, Twilio, DigitalOcean,
 * Shopify, Square, Vault, PyPI, New Relic, Atlassian, Docker, Hugging Face and others, and JSON Web Tokens (a base64 object that begins with `{"`).
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
    '\\bhv[sbr]\\.[A-Za-z0-9_-]{20,255}',
    '\\b(?:pypi|xapp|glrt|gldt|pul|GOCSPX|NRAK|PMAK|ATATT3)-?[A-Za-z0-9_=-]{26,512}',
    '\\b(?:rubygems|glsa|glc|hf|lin_api|dckr_pat|sntrys|sbp|figd|rzp_live|rzp_test|FLWSECK)[_-][A-Za-z0-9_=-]{24,512}',
    '\\bdapi[a-f0-9]{32}',
    '\\bSK[a-f0-9]{32}\\b',
    '\\bkey-[a-f0-9]{32}\\b',
    '\\bAGE-SECRET-KEY-1[0-9A-Z]{58}',
    '\\b1//0[A-Za-z0-9_-]{40,255}',
    '\\beyJ[A-Za-z0-9_-]{8,4096}\\.[A-Za-z0-9_-]{4,8192}(?:\\.[A-Za-z0-9_-]{0,4096})?',
  ].join('|'),
  'g',
);

const BEARER = /(\b(?:bearer|token)[ ]{1,3})([A-Za-z0-9._~+/-]{8,4096}={0,2})(?!=)/gi;
const BASIC = /(\bbasic[ ]{1,3})([A-Za-z0-9+/]{8,512}={0,2})/gi;

const MIN_TOKEN = 24;
const MIN_RUN_OF_PEM = 8;
const TOKEN = /[A-Za-z0-9_+-]{24,}/g;
const MIN_CHUNK = 20;
/** Random base64 has 6 bits a character; words and identifiers of this length stay below this. */
const MIN_ENTROPY_BITS = 3.7;

/**
 * A long string that no one would write: mixed case with digits scattered in it and high entropy. Hex (trace ids,
 * hashes), UUIDs, numbers and names of words joined by `-` or `_` are none.
 */
function isToken(found: string): boolean {
  const chunk = longestChunk(found);
  return (
    chunk.length >= MIN_CHUNK &&
    looksRandom(chunk) &&
    !KSUID.test(found) &&
    entropyBits(chunk) >= MIN_ENTROPY_BITS
  );
}

/** The longest part between `-`, `_` and `+`. */
function longestChunk(text: string): string {
  let best = 0;
  let length = 0;
  for (let start = 0, i = 0; i <= text.length; i++) {
    const code = i < text.length ? text.charCodeAt(i) : 45;
    if (code !== 45 && code !== 95 && code !== 43) continue;
    if (i - start > length) {
      best = start;
      length = i - start;
    }
    start = i + 1;
  }
  return length === text.length ? text : text.slice(best, best + length);
}

/** First bytes of images, fonts, archives and documents, in base64. */
const MAGIC =
  /^(?:iVBORw0KGgo|\/9j\/|R0lGOD|UklGR|PHN2Zy|PD94bWw|JVBERi0|d09GRg|d09GMg|H4sI|UEsDB|Qk0|AAABAA|SUkq)/;
const HASH_BEFORE =
  /(?:\b(?:ids?|uid|etag|digest|hash|checksum|commit|revision|image)["']?[ :=#]{1,3}["']?|base64,|\bsha(?:1|256|384|512)[-:])$/i;
/** KSUIDs: 27 characters that begin with their time. */
const KSUID = /^[12][0-9A-Za-z]{26}$/;

/** Base64 of a file, a digest, or an id that prose calls so. */
function isBlob(text: string, at: number): boolean {
  let start = at;
  while (start > 0 && at - start < 8192 && isBase64Code(text.charCodeAt(start - 1))) start--;
  if (/^sha(?:1|256|384|512)-/.test(text.slice(at, at + 8))) return true;
  if (MAGIC.test(text.slice(start, start + 16))) return true;
  return (
    HASH_BEFORE.test(text.slice(Math.max(0, start - 24), start)) ||
    HASH_BEFORE.test(text.slice(Math.max(0, at - 24), at))
  );
}
const isBase64Code = (code: number): boolean =>
  (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 47 && code <= 57) || code === 43;

const isMixed = (text: string): boolean => /[a-z]/.test(text) && /[A-Z]/.test(text);

/** Capitals, small letters and at least three numbers among them; not hexadecimal. */
function looksRandom(text: string): boolean {
  let upper = false;
  let lower = false;
  let beyondHex = false;
  let numbers = 0;
  let inNumber = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const isDigit = code >= 48 && code <= 57;
    if (isDigit && !inNumber) numbers++;
    inNumber = isDigit;
    if (isDigit) continue;
    if (code >= 65 && code <= 90) upper = true;
    else if (code >= 97 && code <= 122) lower = true;
    if (!((code | 32) >= 97 && (code | 32) <= 102) && code !== 45) beyondHex = true;
  }
  return upper && lower && beyondHex && numbers >= 3;
}

/** Kept from text to text. */
const COUNTS = new Uint32Array(128);
/** Shannon's entropy of the characters, in bits a character. */
function entropyBits(text: string): number {
  const counts = COUNTS.fill(0);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i) & 127;
    counts[code] = (counts[code] as number) + 1;
  }
  let bits = 0;
  for (const n of counts) if (n > 0) bits -= (n / text.length) * Math.log2(n / text.length);
  return bits;
}

const includesAny = (text: string, words: readonly string[]): boolean => words.some((w) => text.includes(w));
const MIN_KEY = 11;
/** `xoxb-` and ten more, the shortest with a maker's word before it. */
const MIN_MADE = 15;
/** Beginnings that are not words of their own; the others are in the vocabulary of traits. */
const STARTS = ['AKIA', 'ASIA', 'AROA', 'AIDA', 'AIza', 'dapi', 'SK', '1//0', 'key-', 'AGE-SECRET'];

/** Keys, passwords and tokens: by shape, by known beginnings, by the name they are given, by entropy. */
export const SECRET_RULES: readonly Rule[] = [
  {
    applies: (text, { has }) => (has & HAS.dash) !== 0 && text.includes('-----BEGIN'),
    apply: (text, cut) => text.replace(PEM, (found) => cut('secret', found)),
  },
  {
    applies: (text, { has }) => (has & HAS.at) !== 0 && text.includes('://'),
    apply: (text, cut) =>
      text.replace(URL_PASSWORD, (found, ...groups: (string | undefined)[]) => {
        const [before, password] = [groups[0] ?? groups[2] ?? groups[4], groups[1] ?? groups[3] ?? groups[5]];
        // A port, then something else with an `@`: no user and password.
        if (before === undefined || password === undefined || isPlaceholder(password)) return found;
        return /^\d{2,5}[,;?&]/.test(password) ? found : `${before}${cut('secret', password)}@`;
      }),
  },
  {
    applies: (text, { has, longestRun, words }) =>
      longestRun >= MIN_KEY &&
      (((words & WORDS.maker) !== 0 && longestRun >= MIN_MADE) ||
        ((has & HAS.upper) !== 0 && text.includes('eyJ')) ||
        (longestRun >= MIN_PREFIXED && includesAny(text, STARTS))),
    apply(text, cut) {
      const known = text.replace(KNOWN_PREFIX, (found) => cut('secret', found));
      return /(?:AKIA|ASIA)[0-9A-Z]{16}/.test(text)
        ? known.replace(BESIDE_KEY_ID, (found) =>
            isMixed(found) && entropyBits(found) >= MIN_ENTROPY_BITS ? cut('secret', found) : found,
          )
        : known;
    },
  },
  {
    applies: (_text, { longestRun, words }) => longestRun >= 8 && (words & WORDS.bearer) !== 0,
    apply: cutBearers,
  },
  KEYED_RULE,
  {
    applies: (_text, { longestRun, longestMixed }) => longestRun >= 20 && longestMixed >= MIN_RUN_OF_PEM,
    apply: (text, cut) =>
      text.replace(PEM_LINE, (found) =>
        /[a-z]/.test(found) && /[A-Z]/.test(found) ? cut('secret', found) : found,
      ),
  },
  {
    applies: (_text, { has, words }) => (has & HAS.dash) !== 0 && (words & (WORDS.flag | WORDS.tool)) !== 0,
    apply: (text, cut) =>
      text
        .replace(USER_FLAG, cutAfter(cut))
        .replace(FLAG, (found, flag: string, value: string) =>
          isPlaceholder(value) ? found : `${flag}${cut('secret', value)}`,
        ),
  },
  {
    applies: (_text, { has, words }) => (has & HAS.digit) !== 0 && (words & WORDS.said) !== 0,
    apply: (text, cut) => text.replace(SAID, cutAfter(cut)),
  },
  {
    applies: (_text, { longestMixed }) => longestMixed >= MIN_TOKEN,
    apply: (text, cut) =>
      text.replace(TOKEN, (found, at: number) =>
        isToken(found) && !isHeldAsId(text, at) && !isBlob(text, at) ? cut('token', found) : found,
      ),
    notOnIds: true,
  },
];

function cutBearers(text: string, cut: Cut): string {
  return text
    .replace(BEARER, (found, word: string, token: string) =>
      looksRandom(token) ||
      (token.length >= 8 && /\d/.test(token) && (token.length >= 20 || /[a-z].*\d|\d.*[a-z]/i.test(token)))
        ? `${word}${cut('secret', token)}`
        : found,
    )
    .replace(BASIC, (found, word: string, code: string) =>
      Buffer.from(code, 'base64').toString('latin1').includes(':') ? `${word}${cut('secret', code)}` : found,
    );
}

/** Cuts the value of whichever of a pattern's pairs of groups was found: what is before it, and the value. */
const cutAfter =
  (cut: Cut) =>
  (found: string, ...groups: (string | number | undefined)[]): string => {
    for (let i = 0; i + 1 < groups.length && typeof groups[i] !== 'number'; i += 2) {
      const [before, value] = [groups[i], groups[i + 1]];
      if (typeof before === 'string' && typeof value === 'string')
        return isPlaceholder(value) ? found : `${before}${cut('secret', value)}`;
    }
    return found;
  };
