import type { Switch } from './evidence.js';
import type { DiffMechanism, Mechanism } from './mechanism.js';

/** "50 -> 10", "from 30s to 5s". */
const FROM_TO =
  /(?:from\s+)?(-?\d+(?:\.\d+)?)\s*(?:ms|s|m|h|%|[kmg]i?b)?\s*(?:->|→|=>|to)\s*(-?\d+(?:\.\d+)?)/i;
const OFF =
  /\b(?:on|true|enabled?)\s*(?:->|→|=>|to)\s*(?:off|false|disabled?)\b|\b(?:disabled?|switched off|turned off|removed?)\b/i;

/** What the name of a setting says that it is about; what a lower value, or off, then does. */
const ABOUT: readonly (readonly [words: RegExp, lower: DiffMechanism, other: DiffMechanism])[] = [
  [/retr(?:y|ies)|attempts/i, 'default-changed', 'retry-added'],
  [/time-?out|deadline/i, 'timeout-changed', 'timeout-changed'],
  [/\bttl\b|expir|cache|memoi[sz]/i, 'cache-removed', 'default-changed'],
  [/batch|page[_ -]?size|chunk|bulk/i, 'batch-shrunk', 'default-changed'],
  [
    /pool|max[_ -]?conn|limit|quota|concurren|worker|thread|replica(?:s|[_ -]?count)|memory|cpu/i,
    'limit-lowered',
    'limit-raised',
  ],
  [/log[_ -]?level|verbose|debug|trac(?:e|ing)/i, 'default-changed', 'logging-added'],
  [/compress|gzip|brotli/i, 'compression-removed', 'default-changed'],
  [/keep-?alive|reuse/i, 'reuse-removed', 'default-changed'],
  [/parallel|async|concurrent/i, 'parallelism-removed', 'default-changed'],
  [/index/i, 'index-removed', 'default-changed'],
];

/** What switching a flag or changing a setting can do, by its name and what was said of it. */
export function readSwitch({ name, what }: Switch): Mechanism[] {
  const text = `${name} ${what}`.replaceAll('_', ' ');
  const numbers = FROM_TO.exec(what);
  const falls = numbers ? Number(numbers[2]) < Number(numbers[1]) : OFF.test(what);
  const line = `${name} ${what}`.trim();
  const found = ABOUT.filter(([words]) => words.test(text)).map(
    ([, lower, other]): Mechanism => ({ mechanism: falls ? lower : other, line }),
  );
  return [...found, { mechanism: 'flag-changed', line }];
}
