import { z } from 'zod';

/** What was asked of a live system, and what came back. */
export const askedSchema = z.object({
  /** Origin and path; empty for this host. */
  address: z.string(),
  /** As the system says; empty when it does not. */
  version: z.string(),
  /** The window that was asked for, ISO 8601. */
  from: z.string(),
  to: z.string(),
  calls: z.number(),
  /** The first queries in their order: when each was answered, and the hash of the answer. */
  queries: z.array(
    z.object({
      query: z.string(),
      at: z.string(),
      bytes: z.number(),
      sha256: z.string(),
      records: z.number(),
    }),
  ),
  /** Queries beyond those; all of them stand in the evidence file. */
  more: z.number(),
});

/** One source of evidence as it was read. */
export const sourceSchema = z.object({
  id: z.string(),
  /** Path relative to what the user named; never an absolute one. */
  path: z.string(),
  format: z.string(),
  /** How sure the recogniser was, 0..1, and by what. */
  confidence: z.number(),
  recognisedBy: z.string(),
  role: z.enum(['incident', 'baseline', 'unspecified']),
  sha256: z.string(),
  bytes: z.number(),
  records: z.number(),
  from: z.string().optional(),
  to: z.string().optional(),
  /** For what came from a live system. */
  asked: askedSchema.optional(),
});
export type Source = z.infer<typeof sourceSchema>;

/** Something that could not be used, or only in part: what, where, what to do. */
export const problemSchema = z.object({
  severity: z.enum(['error', 'warning', 'note']),
  /** What was wrong. */
  what: z.string(),
  /** File, line or byte, input and character. */
  where: z.string(),
  /** What to do about it. */
  todo: z.string(),
});
export type Problem = z.infer<typeof problemSchema>;

/** What redaction cut: counts by kind and source, never the values. */
export const redactionSchema = z.object({ kind: z.string(), source: z.string(), count: z.number() });
export type Redaction = z.infer<typeof redactionSchema>;
