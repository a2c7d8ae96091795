import { z } from 'zod';
import { blockSchema } from './block.js';
import { caseSchema, changeSchema, componentSchema, linkSchema } from './case.js';
import { problemSchema, redactionSchema, sourceSchema } from './evidence.js';
import { factSchema } from './fact.js';
import { excessBudgetSchema, findingSchema } from './finding.js';
import { measurementSchema } from './measurement.js';
import { questionSchema, readingSchema } from './reading.js';
import { deliverableSchema, recommendationSchema } from './recommendation.js';
import { textSchema } from './text.js';

/** One request's critical path, for the picture of a slow request beside a normal one. */
export const pathSchema = z.object({
  title: textSchema,
  traceId: z.string(),
  totalMs: z.string(),
  /** Pieces of the critical path, in order of time; numbers are fact ids. */
  pieces: z.array(
    z.object({
      service: z.string(),
      operation: z.string(),
      kind: z.string(),
      startMs: z.string(),
      durationMs: z.string(),
      /** How many spans were folded into this piece: 23 equal statements in a row. */
      count: z.number(),
    }),
  ),
});
export type RequestPath = z.infer<typeof pathSchema>;

/** What kinds of things are kept, each for its own time. */
export const RETENTION_CLASSES = ['decision', 'audit', 'report', 'telemetry'] as const;
export type RetentionClass = (typeof RETENTION_CLASSES)[number];

/** The one object that every output is rendered from. */
export const resultSchema = z.object({
  schema: z.literal('kneepoint/result/1'),
  version: z.string(),
  classification: z.string(),
  /** For how long it is kept: the policy says the days of each class. Results of older versions are reports. */
  retentionClass: z.enum(RETENTION_CLASSES).default('report'),
  /** One sentence: what got slow, by how much, why, how sure. */
  verdict: z.object({
    kind: z.enum(['cause-found', 'plausible-causes', 'no-cause', 'cannot-tell']),
    text: textSchema,
    /** Findings it names, in order. */
    findings: z.array(z.string()),
  }),
  case: caseSchema,
  components: z.array(componentSchema),
  links: z.array(linkSchema),
  changes: z.array(changeSchema),
  sources: z.array(sourceSchema),
  facts: z.array(factSchema),
  readings: z.array(readingSchema),
  questions: z.array(questionSchema),
  findings: z.array(findingSchema),
  excess: excessBudgetSchema.optional(),
  paths: z.array(pathSchema),
  measurements: z.array(measurementSchema),
  recommendations: z.array(recommendationSchema),
  deliverables: z.array(deliverableSchema),
  /** Blocks that only one section shows, by section id: experiments, latency budget, capacity table, cost … */
  extras: z.record(z.string(), z.array(blockSchema)),
  /** What was missing and what that leaves open. */
  gaps: z.array(z.object({ text: textSchema, matters: textSchema })),
  problems: z.array(problemSchema),
  redactions: z.array(redactionSchema),
});
export type Result = z.infer<typeof resultSchema>;
