import { DATABASE_MESSAGE_RULE } from './database-messages.js';
import { jsonStart, redactJson } from './json.js';
import { keyKind, looksLikeName } from './keys.js';
import { createMemory, type Memory } from './memory.js';
import { NATIONAL_RULE } from './national.js';
import { digitsIn, PERSONAL_RULES } from './personal.js';
import { createPlaceholders, type Placeholders } from './placeholders.js';
import type { Rule } from './rule.js';
import type { OwnRules } from './rules-file.js';
import { SECRET_RULES } from './secrets.js';
import { SQL_RULE } from './sql.js';
import { isPlain, traitsOf } from './traits.js';
import { URL_QUERY_RULE } from './url-query.js';

const RULES: readonly Rule[] = [
  SQL_RULE,
  DATABASE_MESSAGE_RULE,
  ...SECRET_RULES,
  ...PERSONAL_RULES,
  NATIONAL_RULE,
  URL_QUERY_RULE,
];
const RULES_ON_IDS = RULES.filter((rule) => !rule.notOnIds);

/** Cuts personal and secret values out of text. Numbers, times and ids stay as they are. */
export interface Redactor {
  /** Free text: messages, names, statements in logs. */
  redact(text: string): string;
  /** The value of a string attribute; its key tells statements, secrets and names. */
  attribute(key: string, value: string): string;
  /** Does work that stands for as many occurrences: what it cuts counts so often. */
  repeated<T>(times: number, work: () => T): T;
  /** How many values were cut since the start, by kind; never the values. */
  report(): { kind: string; count: number }[];
}

/** For the user who switched redaction off. */
export const keepEverything: Redactor = {
  redact: (text) => text,
  attribute: (_key, value) => value,
  repeated: (_times, work) => work(),
  report: () => [],
};

const NO_VALUE = /^(?:|true|false|null|<[a-z]+:\d+>)$/i;
const SCALAR = /^(?:|true|false|null|-?\d+(?:\.\d+)?|<[a-z]+:\d+>)$/i;

export interface RedactorOptions {
  /** Where placeholders come from: several redactors of one investigation may share them. */
  placeholders?: Placeholders;
  /** For placeholders that stay the same from one investigation to the next. */
  key?: Uint8Array;
  /** Rules of the user, before the built-in ones. */
  own?: OwnRules;
}

/** Nothing that a rule knows is shorter. */
const MIN_LENGTH = 6;
/** Digits alone are a measurement, a time or an id, unless a key says otherwise. */
function isNumber(text: string): boolean {
  if (text.length > 24) return false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if ((code < 48 || code > 57) && (code !== 46 || text.length > 20 || i < 1)) return false;
  }
  return text.indexOf('.') === text.lastIndexOf('.');
}

/**
 * A redactor whose placeholders (`<email:1>`) are the same for the same value throughout. What it cuts: literals of
 * SQL, secrets, e-mail and IP addresses, telephone, card and bank numbers, names under keys that say so, and
 * strings that look like tokens. The time it takes grows linearly with the text.
 */
export function createRedactor(options: RedactorOptions = {}): Redactor {
  const placeholders = options.placeholders ?? createPlaceholders(options.key);
  const own = options.own;
  const all = own ? [...own.rules, ...RULES] : RULES;
  const onIds = own ? [...own.rules, ...RULES_ON_IDS] : RULES_ON_IDS;
  const remembered = createMemory();
  const rememberedIds = createMemory();

  /** What the text at hand had: one function for all texts is quicker than one for each. */
  let kinds: string[] = [];
  const cut = (kind: string, value: string): string => {
    kinds.push(kind);
    return placeholders.of(kind, value);
  };

  const work = (text: string, rules: readonly Rule[], memory: Memory): string => {
    const traits = traitsOf(text);
    if (!own && isPlain(traits)) return text;
    let first = 0;
    while (first < rules.length && !(rules[first] as Rule).applies(text, traits)) first++;
    if (first === rules.length) return text;
    const before = memory.get(text);
    if (before) {
      for (const kind of before.kinds) placeholders.again(kind);
      return before.text;
    }
    kinds = [];
    let out = text;
    for (let i = first; i < rules.length; i++) {
      const rule = rules[i];
      if (rule && (i === first || rule.applies(text, traits))) out = rule.apply(out, cut, traits);
    }
    memory.set(text, { text: out, kinds });
    return out;
  };

  const redact = (text: string): string => {
    if (!own && (text.length < MIN_LENGTH || isNumber(text))) return text;
    let start = jsonStart(text);
    if (start < 0) return work(text, all, remembered);
    let out = '';
    let done = 0;
    for (; start >= 0; start = jsonStart(text, done)) {
      const made = redactJson(text, start, attribute);
      if (start > done) out += work(text.slice(done, start), all, remembered);
      out += made.text;
      done = made.end;
    }
    return done < text.length ? out + work(text.slice(done), all, remembered) : out;
  };
  const attribute = (key: string, value: string): string => {
    if (own?.keepKeys.has(key)) return value;
    if (own?.cutKeys.has(key)) return NO_VALUE.test(value) ? value : placeholders.of('secret', value);
    switch (keyKind(key)) {
      case 'keep':
        return value;
      case 'secret':
        return SCALAR.test(value) ? value : placeholders.of('secret', value);
      case 'person':
        return SCALAR.test(value) ? value : placeholders.of('person', value);
      case 'strict':
        return NO_VALUE.test(value) ? value : placeholders.of('secret', value);
      case 'maybe-person':
        return looksLikeName(value) ? placeholders.of('person', value) : redact(value);
      case 'national':
        return digitsIn(value) >= 6 && !NO_VALUE.test(value)
          ? placeholders.of('national', value)
          : redact(value);
      case 'card':
        return digitsIn(value) >= 12 && !NO_VALUE.test(value)
          ? placeholders.of('card', value)
          : redact(value);
      case 'phone':
        return digitsIn(value) >= 7 && !NO_VALUE.test(value)
          ? placeholders.of('phone', value)
          : redact(value);
      case 'id':
        return work(value, onIds, rememberedIds);
      case 'statement':
        return /^auth\s{1,9}[^<\s]/i.test(value)
          ? `AUTH ${placeholders.of('secret', value.slice(5).trim())}`
          : redact(value);
      case 'text':
        return redact(value);
    }
  };
  return {
    redact,
    attribute,
    repeated: placeholders.repeated,
    report: placeholders.report,
  };
}
