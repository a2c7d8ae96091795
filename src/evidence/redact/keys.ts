/** What the key of an attribute says of its value. */
export type KeyKind =
  | 'keep'
  | 'secret'
  /** A secret that may be a number: passwords and one-time codes. */
  | 'strict'
  | 'person'
  | 'maybe-person'
  | 'card'
  | 'phone'
  | 'national'
  | 'statement'
  | 'id'
  | 'text';

/** Enumerations, names of code and infrastructure, and versions of the semantic conventions: never personal. */
const KEEP = new RegExp(
  `^(?:${[
    'service\\.(?!.*(?:password|secret))[\\w.-]+',
    'telemetry\\.[\\w.]+',
    'otel\\.[\\w.]+',
    'k8s\\.(?!.*\\bip$)[\\w.-]+',
    'container\\.[\\w.-]+',
    'cloud\\.[\\w.]+',
    'faas\\.(?:name|version|trigger)',
    'host\\.(?:name|arch|type|id|image\\..+)',
    'os\\.(?:type|version|name|build_id)',
    'process\\.(?:pid|runtime\\..+|executable\\.name)',
    'deployment\\.[\\w.]+',
    'http\\.(?:method|route|status_code|flavor|scheme|request\\.method|response\\.status_code|request\\.method_original)',
    'network\\.(?!peer\\.address|local\\.address)[\\w.]+',
    'url\\.scheme',
    'url\\.template',
    'user_agent\\.(?:original|name|version)',
    'http\\.user_agent',
    'db\\.(?:system|system\\.name|name|namespace|operation|operation\\.name|collection\\.name|sql\\.table|response\\.status_code|client\\.connection\\.pool\\.name|client\\.connection\\.state|query\\.summary)',
    'rpc\\.(?:system|service|method|grpc\\.status_code)',
    'messaging\\.(?:system|operation|operation\\.type|operation\\.name|destination|destination\\.name|destination\\.template|consumer\\.group\\.name)',
    'code\\.(?:function|function\\.name|namespace|filepath|file\\.path|lineno|line\\.number)',
    'thread\\.(?:name|id)',
    'exception\\.type',
    'error\\.type',
    'span\\.kind',
    'express\\.(?:name|type)',
    'feature_flag\\.[\\w.]+',
    'server\\.port',
    'net\\.(?:peer\\.port|peer\\.name|host\\.name|host\\.port|transport)',
  ].join('|')})$`,
);

/** Ends of names that outweigh the family they belong to. */
const NEVER_KEPT = /(?:key|token|secret|password|credentials?|ip|e?mail)$/i;

const LAST = '(?:^|[._\\-/])';
/** Words for what must not be known, wherever they stand in a name. */
const SECRET_WORD =
  /passw(?:or)?d|passphrase|pwd|secret|token|api[_-]?key|(?:access|account|private|secret|signing|encryption|master|ssh|license|shared|storage|hmac|auth|sas)[_-]?key|credential|authorization|cookie|signature|jsessionid|phpsessid|connect\.sid/g;
/** What follows such a word when the name speaks of something else: its kind, its count, its age. */
const ABOUT =
  /^s?(?:[_.-]?(?:types?|names?|polic(?:y|ies)|buckets?|counts?|total|ids?|len|length|size|ttl|age|status|state|stores?|providers?|paths?|files?|versions?|enabled|required|valid|validity|valid\w+|url|uri|endpoint|fields?|kind|source|errors?|class|manager|service|format|scheme|uid|ref|refs|rotation|refresh|attempts?|usage|seconds|ms|bytes|expir\w*|lifetime|limit|budget|algorithm|alg|issuer|audience|prefix|consent|resets?|requests?|rate|used|remaining|days|hours|cache|pool|window|mode|method|sum|max|min|per\w*|hits|misses))+$/;
const STRICT = new RegExp(
  `${LAST}(?:\\w*passw(?:or)?d|\\w*passphrase|\\w*pwd|otp|one_time_code|cvv2?|cvc2?|mfa_code|verification_code|pin_code)$`,
);
const PERSON = new RegExp(
  `${LAST}(?:(?:user|customer|enduser|patient|employee|person|contact|card_?holder|account_?holder|recipient|sender|payee|beneficiary|guest|passenger|subscriber|buyer|owner)[._-]?(?:full[._-]?)?name|full_?name|first_?name|last_?name|given_?name|family_?name|middle_?name|maiden_?name|surname|dob|birth_?date|date_?of_?birth|birthday|(?:street|postal|home|billing|shipping|mailing|delivery)_?address|address_?line_?\\d?|street)$`,
);
/** Keys of people that also name machines' users: a value of two capitalised words is a person. */
const MAYBE_PERSON = new RegExp(
  `${LAST}(?:user|customer|patient|employee|recipient|sender|contact|owner|buyer|guest|passenger|name|client|author|assignee|username)$`,
);
const CARD = new RegExp(
  `${LAST}(?:(?:credit|debit|payment)?[_-]?card(?:[._-]?(?:number|no|num))?|pan|cc[_-]?(?:number|num)|primary_account_number)$`,
);
const PHONE = new RegExp(
  `${LAST}(?:\\w*_)?(?:(?:tele)?phone|mobile|msisdn|fax|tel|whatsapp)(?:[._-]?(?:number|no|nr))?$`,
);
const NATIONAL = new RegExp(
  `${LAST}(?:\\w*_)?(?:ssn|sin|social_?security(?:_?(?:number|no))?|national_?(?:id|identity|insurance)(?:_?(?:number|no))?|nino|tax_?(?:payer_?)?(?:id|number|no)|tin|itin|passport(?:_?(?:id|number|no))?|driv(?:er|ers|ing)_?licen[cs]e(?:_?(?:id|number|no))?|id_card(?:_?(?:number|no))?|steuer_?(?:id|nummer)|cpf|curp|aadhaar|bsn|dni|nie|nir|pesel|personnummer|codice_?fiscale|nhs_?(?:number|no)?)$`,
);
const STATEMENT = /^db\.(?:query\.text|statement|sql|query)$|(?:^|[._])sql$|^(?:query|statement)$/i;
const ID =
  /(?:^|[._-])(?:id|ids|uid|uuid|guid|ulid|ksuid|oid|cid|rid|hash|sha\d*|md5|crc\d*|digest|version|commit|revision|build|etag|checksum|integrity|fingerprint|traceparent|tracestate|traceid|spanid|requestid|image|sku|ref|offset|partition|nonce|arn)$|(?:Id|ID|Ids|IDs|Uuid|UUID|Hash|Version|Digest|Sha)$/;

const known = new Map<string, KeyKind>();
const MAX_KNOWN = 10_000;

/** The kind of a key; remembered, because few keys carry most attributes. */
export function keyKind(key: string): KeyKind {
  const before = known.get(key);
  if (before !== undefined) return before;
  const kind = find(key);
  if (known.size < MAX_KNOWN) known.set(key, kind);
  return kind;
}

function find(key: string): KeyKind {
  if (key.length > 256) return 'text';
  if (KEEP.test(key) && !NEVER_KEPT.test(key)) return 'keep';
  const snake = key.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();
  if (NATIONAL.test(snake)) return 'national';
  if (STRICT.test(snake)) return 'strict';
  if (namesSecret(snake)) return 'secret';
  if (PERSON.test(snake)) return 'person';
  if (CARD.test(snake)) return 'card';
  if (PHONE.test(snake)) return 'phone';
  if (STATEMENT.test(key)) return 'statement';
  if (MAYBE_PERSON.test(snake)) return 'maybe-person';
  return ID.test(key) ? 'id' : 'text';
}

function namesSecret(snake: string): boolean {
  for (const m of snake.matchAll(SECRET_WORD)) {
    const rest = snake.slice(m.index + m[0].length);
    if (rest === '' || !ABOUT.test(rest)) return rest.length <= 24;
  }
  return false;
}

/** A person's name as people write it: two to four capitalised words. */
const FULL_NAME =
  /^\p{Lu}[\p{L}'’.-]{1,30}(?: (?:(?:van|von|de|da|del|di|bin|al|el|la|le) )?\p{Lu}[\p{L}'’.-]{0,30}){1,3}$/u;
export const looksLikeName = (value: string): boolean => value.length <= 80 && FULL_NAME.test(value);

/** The key right before a value in text: `key=`, `key="`, `"key":"`; empty when there is none. */
export function keyBefore(text: string, at: number): string {
  let i = at - 1;
  while (i >= 0 && at - i <= 3 && isQuote(text.charCodeAt(i))) i--;
  if (text.charCodeAt(i) === 32) i--;
  const sign = text.charCodeAt(i);
  if (sign !== 61 && sign !== 58) return '';
  return nameBefore(text, i);
}

export const MAX_NAME = 64;
/** The name that ends before a sign at `sign`, with quotes, a backslash or blanks between them. */
export function nameBefore(text: string, sign: number): string {
  const end = nameEnd(text, sign);
  const start = nameStart(text, end);
  return end - start < 2 ? '' : text.slice(start, end);
}

export function nameEnd(text: string, sign: number): number {
  let end = sign;
  while (end > 0 && end > sign - 4) {
    const code = text.charCodeAt(end - 1);
    if (code !== 32 && !isQuote(code)) break;
    end--;
  }
  return end;
}

function nameStart(text: string, end: number): number {
  let start = end;
  while (start > 0 && end - start < MAX_NAME && isNameCode(text.charCodeAt(start - 1))) start--;
  return start;
}

const isQuote = (code: number): boolean => code === 34 || code === 39 || code === 92;
/** Letters, digits, `_`, `-` and `.`. */
const NAME_CODES = Uint8Array.from({ length: 128 }, (_, code) =>
  /[\w.-]/.test(String.fromCharCode(code)) ? 1 : 0,
);
export const isNameCode = (code: number): boolean => code < 128 && NAME_CODES[code] === 1;

/** Whether the key of a value in text says that it is an id, a version or a name of the system. */
export function isHeldAsId(text: string, at: number): boolean {
  const key = keyBefore(text, at);
  if (key === '') return false;
  const kind = keyKind(key);
  return kind === 'id' || kind === 'keep';
}
