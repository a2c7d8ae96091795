import type { Redactor } from '../evidence/redact/index.js';

/**
 * Every string of a value once more through the redactor, before it leaves: rules may have been added since it was made.
 * Ids stay, wherever other parts refer to them: they were made by kneepoint, and cut when they were made. Names of the system
 * are held to the rules for ids: an address of a server is a name, and was kept by its key.
 */
export function redactAgain(value: unknown, redactor: Redactor): unknown {
  const ids = new Set<string>();
  collectIds(value, ids);
  const again = (part: unknown, key: string): unknown => {
    if (typeof part === 'string') {
      if (OWN_WORDS.has(key) || ids.has(part)) return part;
      return NAMES.has(key) ? redactor.attribute('id', part) : redactor.redact(part);
    }
    if (Array.isArray(part)) return part.map((v) => again(v, key));
    if (typeof part === 'object' && part !== null)
      return Object.fromEntries(Object.entries(part).map(([k, v]) => [k, again(v, k)]));
    return part;
  };
  return again(value, '');
}

function collectIds(value: unknown, ids: Set<string>): void {
  if (Array.isArray(value)) for (const v of value) collectIds(v, ids);
  else if (typeof value === 'object' && value !== null)
    for (const [key, v] of Object.entries(value))
      if (key === 'id' && typeof v === 'string') ids.add(v);
      else collectIds(v, ids);
}

const OWN_WORDS = new Set([
  'id',
  'ref',
  'n',
  'schema',
  'version',
  'kind',
  'classification',
  'findings',
  'facts',
  'forecast',
  'sha256',
]);
const NAMES = new Set(['name', 'service', 'operation']);

/** Marks around the number of a word that is kept while the text around it is cut. */
const OPEN = '\ue000';
const CLOSE = '\ue001';

/** Text line by line once more through the redactor; words that are `kept` stay as they are. */
export function redactLines(text: string, redactor: Redactor, kept: ReadonlySet<string>): string {
  return text
    .replaceAll(OPEN, '')
    .replaceAll(CLOSE, '')
    .split('\n')
    .map((line) => {
      const words: string[] = [];
      const masked = line.replace(/[^\s,"]+/g, (word) =>
        kept.has(word) ? `${OPEN}${words.push(word) - 1}${CLOSE}` : word,
      );
      return redactor.redact(masked).replace(MARKED, (_, number: string) => words[Number(number)] ?? '');
    })
    .join('\n');
}
const MARKED = new RegExp(`${OPEN}(\\d+)${CLOSE}`, 'g');
