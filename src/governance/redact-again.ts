import type { Redactor } from '../evidence/redact/index.js';

/**
 * Every string of a value once more through the redactor, before it leaves: rules may have been added since it was made.
 * Ids and numbers that other parts refer to were made by kneepoint, and cut when they were made.
 */
export function redactAgain(value: unknown, redactor: Redactor, key = ''): unknown {
  if (typeof value === 'string') return OWN_WORDS.has(key) ? value : redactor.redact(value);
  if (Array.isArray(value)) return value.map((v) => redactAgain(v, redactor, key));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, redactAgain(v, redactor, k)]));
  return value;
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
