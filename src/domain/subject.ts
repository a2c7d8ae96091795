import { z } from 'zod';

export const SUBJECT_KINDS = [
  'system', // the whole that the case names
  'service',
  'operation', // a route, RPC method, consumer or job of a service
  'edge', // caller → callee
  'statement', // a normalised database statement
  'database',
  'cache',
  'queue',
  'search',
  'storage',
  'dependency', // internal or third-party API
  'cdn',
  'client',
  'gateway',
  'host', // machine, container, pod, cluster
  'pool', // connection, thread or worker pool
  'keyspace', // key, shard, partition, tenant
  'class', // class of requests: read, write, checkout
  'change', // a deploy, flag, schema or configuration change
] as const;

/** What a fact or finding is about. `id` is stable and unique within an investigation. */
export const subjectSchema = z.object({
  kind: z.enum(SUBJECT_KINDS),
  id: z.string(),
  /** As the user writes it; untrusted text. */
  name: z.string(),
  /** For operations, statements, pools: the service that owns them. */
  service: z.string().optional(),
});
export type Subject = z.infer<typeof subjectSchema>;

/** Builds a subject with a stable id: `kind:slug(service/name)`. */
export function subject(kind: Subject['kind'], name: string, service?: string): Subject {
  const key = service === undefined ? name : `${service}/${name}`;
  return { kind, id: `${kind}:${slug(key)}`, name, ...(service === undefined ? {} : { service }) };
}

/** Lower case, runs of anything but letters, digits, `/`, `.`, `_` become one `-`; at most 80 characters. */
export function slug(text: string): string {
  const before = slugs.get(text);
  if (before !== undefined) return before;
  const plain = text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}/._]+/gu, '-')
    .replace(/^-+|-+$/g, '');
  const made = plain.length <= 80 ? plain : `${plain.slice(0, 71)}-${hash(plain)}`;
  if (slugs.size < MAX_SLUGS) slugs.set(text, made);
  return made;
}
/** Few names are asked for again and again. */
const slugs = new Map<string, string>();
const MAX_SLUGS = 20_000;

/** FNV-1a, 32 bit, as 8 hex digits: a short stable name for a long text, not a secret. */
export function hash(text: string): string {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return (h >>> 0).toString(16).padStart(8, '0');
}

const SHOWN_CHARS = 90;

/** A subject by its first words: statements are long, and the id is of the whole text. */
export const shortName = (subject: Subject): string =>
  subject.name.length > SHOWN_CHARS ? `${subject.name.slice(0, SHOWN_CHARS - 1)}…` : subject.name;
