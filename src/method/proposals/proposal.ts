import { z } from 'zod';
import { LAYERS } from '../../domain/index.js';
import { UNITS } from '../../domain/unit.js';

/** Predictions that one proposal may make. */
export const MOST_PREDICTIONS = 8;

const shortText = z.string().trim().min(1).max(400);
const factId = z.string().trim().min(3).max(300);

/** One expectation over facts: "this is above that". */
export const comparisonSchema = z.strictObject({
  /** `name@subject#phase`, as facts are listed; one that nobody measured is allowed, and stays unmeasured. */
  fact: factId,
  is: z.enum(['above', 'below']),
  /** Another fact, or a number in the unit of the first. */
  than: z.union([
    z.strictObject({ fact: factId, times: z.number().positive().max(1e6).default(1) }),
    z.strictObject({ value: z.number(), unit: z.enum(UNITS) }),
  ]),
  /** The cause cannot hold without it. */
  necessary: z.boolean().default(false),
});
export type Comparison = z.infer<typeof comparisonSchema>;

/** A possible cause that somebody proposes: words, and what must be seen if they are true. */
export const proposalSchema = z.strictObject({
  claim: shortText,
  mechanism: shortText,
  layer: z.enum(LAYERS),
  /** Id of a subject that the facts know: `service:checkout-api`. */
  subject: z.string().trim().min(3).max(200),
  predictions: z.array(comparisonSchema).min(1).max(MOST_PREDICTIONS),
  /** Cells of the excess budget whose growth it would explain. */
  explains: z.array(z.string().trim().min(1).max(300)).max(20).default([]),
});
export type Proposal = z.infer<typeof proposalSchema>;
