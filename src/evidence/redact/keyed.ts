import { isNameCode, keyKind, looksLikeName, MAX_NAME, nameBefore, nameEnd } from './keys.js';
import type { Cut, Rule } from './rule.js';
import type { Traits } from './traits.js';

/** What the name before `:` or `=` makes of the value after it. */
export type Sensitive =
  | 'secret'
  | 'strict'
  | 'person'
  | 'maybe-person'
  | 'card'
  | 'phone'
  | 'national'
  | 'cookie'
  | 'authorization';

interface KnownName {
  name: string;
  kind: Sensitive | undefined;
}
/** Names that were seen, by their hash: names repeat, and are compared in place. */
const known: (KnownName | undefined)[] = new Array(4096).fill(undefined);

/** The kind of the name before the sign at `sign`. */
function sensitiveBefore(text: string, sign: number): Sensitive | undefined {
  const end = nameEnd(text, sign);
  let hash = 0;
  let start = end;
  for (; start > 0 && end - start < MAX_NAME; start--) {
    const code = text.charCodeAt(start - 1);
    if (!isNameCode(code)) break;
    hash = Math.imul(hash ^ code, 0x01000193);
  }
  // Times and numbers have colons too; names begin with a letter.
  if (end - start < 2 || !isLetter(text.charCodeAt(start))) return undefined;
  const place = (hash ^ (hash >>> 12)) & 4095;
  const before = known[place];
  if (before && before.name.length === end - start && text.startsWith(before.name, start)) return before.kind;
  const name = text.slice(start, end);
  const kind = find(name);
  known[place] = { name, kind };
  return kind;
}
const isLetter = (code: number): boolean => (code | 32) >= 97 && (code | 32) <= 122;

function find(name: string): Sensitive | undefined {
  if (/(?:^|[._-])(?:set[-_])?cookies?$/i.test(name)) return 'cookie';
  if (/(?:^|[._-])authorization$/i.test(name)) return 'authorization';
  const kind = keyKind(name);
  return kind === 'keep' || kind === 'id' || kind === 'text' || kind === 'statement' ? undefined : kind;
}

const COLON = 58;
const EQUALS = 61;
const QUOTED = /(\\?["'])([^"'\\]{1,4096})/y;
const BARE = /[^\s,;&"'<>(){}[\]\\]{1,4096}/y;
const NO_SECRET =
  /^(?:true|false|null|none|nil|undefined|\*+|x{3,}|\[?redacted\]?|\[?filtered\]?|<.*|\$\{?\w*\}?|\?|%[sdvq])$/i;
const NUMBER = /^[+-]?\d+(?:\.\d+)?(?:[a-zµ%]{1,3})?$/i;
export const isPlaceholder = (text: string): boolean => /^<[a-z]+:\d+/.test(text);

/** The colon of a time, or of `https://`. */
const isNoName = (text: string, colon: number): boolean =>
  text.charCodeAt(colon + 1) === 47 ||
  (isDigit(text.charCodeAt(colon - 1)) && isDigit(text.charCodeAt(colon + 1)));
const isDigit = (code: number): boolean => code >= 48 && code <= 57;

/** Whether any name before `:` or `=` says that its value is personal or secret; yes when there are too many to look at. */
function hasSensitiveName(text: string, { signs, signsAt }: Traits): boolean {
  if (signs > signsAt.length) return true;
  for (let n = 0; n < signs; n++) {
    const i = signsAt[n] as number;
    if (i < 2 || (text.charCodeAt(i) === COLON && isNoName(text, i))) continue;
    if (sensitiveBefore(text, i) !== undefined) return true;
  }
  return false;
}

/** Values in text by the names before them: `password=…`, `"client_secret": "…"`, `Cookie: …`, `user_name="…"`. */
function cutKeyed(text: string, cut: Cut): string {
  let out = '';
  let done = 0;
  for (let i = 2; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if ((code !== COLON && code !== EQUALS) || i < done || (code === COLON && isNoName(text, i))) continue;
    const kind = sensitiveBefore(text, i);
    if (kind === undefined) continue;
    const name = nameBefore(text, i);
    if (text.charCodeAt(i + 1) === COLON || isInPlaceholder(text, i, name)) continue;
    let at = i + 1;
    while (text.charCodeAt(at) === 32 && at < i + 3) at++;
    const isProse = code === COLON && at > i + 1;
    if (kind === 'cookie' || kind === 'authorization') {
      const quote = /["'\\]/.test(text.charAt(at))
        ? (QUOTE.exec(text.slice(at, at + 2))?.[0].length ?? 0)
        : 0;
      const made = kind === 'cookie' ? cookies(text, at + quote, cut) : credentials(text, at + quote, cut);
      if (made) {
        out += text.slice(done, at + quote) + made.text;
        done = made.end;
        continue;
      }
    }
    QUOTED.lastIndex = BARE.lastIndex = at;
    const quoted = QUOTED.exec(text);
    const value = quoted ? (quoted[2] as string) : (BARE.exec(text)?.[0] ?? '');
    const from = at + (quoted ? (quoted[1] as string).length : 0);
    if (value === '' || NO_SECRET.test(value) || isPlaceholder(value)) continue;
    const made = replaced(kind, name, value, isProse && !quoted, cut);
    if (made === undefined) continue;
    out += text.slice(done, from) + made;
    done = from + value.length;
  }
  return done === 0 ? text : out + text.slice(done);
}

const QUOTE = /^\\?["']/;
/** A placeholder is no assignment: `<secret:1>`. */
const isInPlaceholder = (text: string, sign: number, name: string): boolean =>
  text.charCodeAt(sign - name.length - 1) === 60 && /^\d+>/.test(text.slice(sign + 1, sign + 24));

function replaced(
  kind: Sensitive,
  name: string,
  value: string,
  isProse: boolean,
  cut: Cut,
): string | undefined {
  switch (kind) {
    case 'person':
      return NUMBER.test(value) || (isProse && !/^\p{Lu}/u.test(value)) ? undefined : cut('person', value);
    case 'maybe-person':
      return looksLikeName(value) ? cut('person', value) : undefined;
    case 'card':
      return digitsOf(value) >= 12 ? cut('card', value) : undefined;
    case 'phone':
      return digitsOf(value) >= 7 && !isProse ? cut('phone', value) : undefined;
    case 'national':
      return digitsOf(value) >= 6 ? cut('national', value) : undefined;
    case 'strict':
      return isProse && name.length > 10 && /^[a-z]+$/.test(value) ? undefined : cut('secret', value);
    default:
      // A count or a time beside a word such as token is a measurement: `tokens: 1500`.
      if (NUMBER.test(value)) return undefined;
      // Prose: "token: expired". An assignment without blanks is taken as meant.
      if (isProse && !/\d|[A-Z].*[a-z].*[A-Z]|[a-z].*[A-Z].*[a-z]/.test(value)) return undefined;
      if (STATE.test(value)) return undefined;
      if (/^(?:bearer|basic|digest|negotiate)$/i.test(value)) return undefined;
      return cut('secret', value);
  }
}
const digitsOf = (value: string): number => value.replace(/\D/g, '').length;
const STATE =
  /^(?:expired|invalid|valid|missing|revoked|unknown|denied|ok|failed|present|absent|empty|set|unset)$/i;

const PAIR = /([\w.%*!#$^`|~+-]{1,128})(?:=([^;\s"',\\]*))?(;\s{0,2})?/y;
const COOKIE_ATTRIBUTE =
  /^(?:path|domain|expires|max-age|samesite|secure|httponly|partitioned|priority|version)$/i;
/** Values that tell nobody apart: `dark`, `en`, `1`. */
const PLAIN_COOKIE = /^(?:\w{0,3}|[a-z]{1,8})$/;

/** The pairs of a Cookie or Set-Cookie header from `at` on; nothing when there are none. */
function cookies(text: string, at: number, cut: Cut): { text: string; end: number } | undefined {
  let out = '';
  let end = at;
  let pairs = 0;
  for (;;) {
    PAIR.lastIndex = end;
    const m = PAIR.exec(text);
    if (!m) break;
    const [whole, name = '', value, more = ''] = m;
    if (value === undefined && pairs === 0) return undefined;
    pairs++;
    if (value === undefined) out += whole;
    else {
      const kept = COOKIE_ATTRIBUTE.test(name) || PLAIN_COOKIE.test(value) || isPlaceholder(value);
      out += `${name}=${kept ? value : cut('secret', value)}${more}`;
    }
    end += whole.length;
    if (more === '') break;
  }
  return pairs > 0 ? { text: out, end } : undefined;
}

const SCHEME = /([A-Za-z][\w-]{1,30}) {1,3}([^\s"',\\]{6,4096})/y;
/** `Authorization: Scheme credentials` with any scheme; nothing when it is no such header. */
function credentials(text: string, at: number, cut: Cut): { text: string; end: number } | undefined {
  SCHEME.lastIndex = at;
  const m = SCHEME.exec(text);
  if (!m) return undefined;
  const [whole, scheme = '', value = ''] = m;
  const written =
    /^(?:bearer|basic|digest|token|apikey|negotiate|ntlm|aws4-hmac-sha256|hmac\S*|sharedkey\S*)$/i.test(
      scheme,
    );
  if (isPlaceholder(value) || !(written || (/\d/.test(value) && value.length >= 12))) return undefined;
  return {
    text: `${whole.slice(0, whole.length - value.length)}${cut('secret', value)}`,
    end: at + whole.length,
  };
}

export const KEYED_RULE: Rule = {
  applies: (text, traits) => traits.signs > 0 && hasSensitiveName(text, traits),
  apply: cutKeyed,
};
