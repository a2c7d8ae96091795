import { z } from 'zod';
import { canonicalJson, sha256 } from '../canonical.js';

const hex = z.string().regex(/^[0-9a-f]{64}$/);
const hashed = z.strictObject({ name: z.string().max(120), sha256: hex });

/** One line of the audit log. Names are roles of files (`result.json`, `case`), never values of evidence. */
export const entrySchema = z.strictObject({
  n: z.number().int().positive(),
  /** ISO 8601, in UTC. */
  at: z.string(),
  who: z.string(),
  what: z.string(),
  inputs: z.array(hashed),
  outputs: z.array(hashed),
  /** Of kneepoint. */
  version: z.string(),
  previous: hex,
  hash: hex,
});
export type Entry = z.infer<typeof entrySchema>;
export type NewEntry = Omit<Entry, 'n' | 'previous' | 'hash'>;

export const FIRST = '0'.repeat(64);

export function sealed(entry: NewEntry, before: Entry | undefined): Entry {
  const open = { ...entry, n: (before?.n ?? 0) + 1, previous: before?.hash ?? FIRST };
  return { ...open, hash: hashOf(open) };
}

/** SHA-256 of all of an entry but its hash. */
export function hashOf(entry: Omit<Entry, 'hash'>): string {
  const { n, at, who, what, inputs, outputs, version, previous } = entry;
  return sha256(canonicalJson({ n, at, who, what, inputs, outputs, version, previous }));
}
