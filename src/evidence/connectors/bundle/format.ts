import { z } from 'zod';
import { problemSchema, redactionSchema } from '../../../domain/index.js';

/** The first line of a bundle, and of every part of one that is being collected. */
export const BUNDLE_FORMAT = 'kneepoint/evidence/1';
export const headerSchema = z.object({ kneepoint: z.literal(BUNDLE_FORMAT), redacted: z.boolean() });

/** Begins what one source gave for one window. */
export const sectionSchema = z.object({
  name: z.string(),
  system: z.string(),
  title: z.string(),
  /** Origin and path; never a user or a password. */
  address: z.string(),
  version: z.string(),
  from: z.string(),
  to: z.string(),
  role: z.enum(['incident', 'baseline', 'unspecified']),
});
export type Section = z.infer<typeof sectionSchema>;

/** Stands behind the records of one answer and makes them count. */
export const pageSchema = z.object({
  query: z.string(),
  at: z.string(),
  bytes: z.number(),
  sha256: z.string(),
  records: z.number(),
  next: z.string().optional(),
});
export type PageLine = z.infer<typeof pageSchema>;

/** Ends a section. */
export const endSchema = z.object({
  calls: z.number(),
  bytes: z.number(),
  redactions: z.array(redactionSchema.omit({ source: true })),
});
export const gapSchema = problemSchema.omit({ where: true });
export type Gap = z.infer<typeof gapSchema>;

/** The last line: the hash of all bytes before it. */
export const checksumSchema = z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/), lines: z.int() });
