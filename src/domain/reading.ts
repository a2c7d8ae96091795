import { z } from 'zod';
import { blockSchema } from './block.js';
import { layerSchema } from './layer.js';
import { subjectSchema } from './subject.js';
import { textSchema } from './text.js';

/** How much a reading bears on a hypothesis. Stated facts make it plausible at most. */
export const bearingSchema = z.object({
  hypothesis: z.string(),
  subject: subjectSchema,
  /** Natural log of the likelihood ratio, -3..3. */
  logLikelihoodRatio: z.number(),
  because: textSchema,
  facts: z.array(z.string()),
});
export type Bearing = z.infer<typeof bearingSchema>;

/** An unknown that would change the plan. */
export const questionSchema = z.object({
  id: z.string(),
  question: textSchema,
  /** What changes in the plan with the answer. */
  matters: textSchema,
  /** The command or the place that answers it. */
  command: textSchema.optional(),
  language: z.string().optional(),
  /** 0..1: how much of the plan hangs on it. */
  weight: z.number(),
});
export type Question = z.infer<typeof questionSchema>;

export const READING_TOPICS = [
  'load', // what the rates and shares imply
  'saturation',
  'latency-shape',
  'cache',
  'database',
  'queue',
  'dependency',
  'change',
  'capacity',
  'cost',
  'budget', // latency and error budgets
  'contradiction',
] as const;

/** What stated or measured numbers imply, with the arithmetic shown. */
export const readingSchema = z.object({
  id: z.string(),
  topic: z.enum(READING_TOPICS),
  layer: layerSchema.optional(),
  subject: subjectSchema,
  /** The conclusion in one sentence, with its numbers. */
  headline: textSchema,
  /** How it was computed: steps or a table. */
  arithmetic: z.array(blockSchema),
  /** What it takes for granted, each able to be checked. */
  assumptions: z.array(textSchema),
  bearings: z.array(bearingSchema),
  questions: z.array(questionSchema),
  /** 0..1: how much a principal engineer would want to see it first. */
  weight: z.number(),
});
export type Reading = z.infer<typeof readingSchema>;
