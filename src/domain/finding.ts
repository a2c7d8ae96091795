import { z } from 'zod';
import { layerSchema } from './layer.js';
import { subjectSchema } from './subject.js';
import { textSchema } from './text.js';

/** One expectation of a hypothesis, settled on the facts. */
export const observationSchema = z.object({
  prediction: z.string(),
  outcome: z.enum(['seen', 'absent', 'unmeasured']),
  /** What was seen, with its numbers; or what was expected, when unmeasured. */
  says: textSchema,
  /** Natural log of the likelihood ratio it contributed; 0 when unmeasured. */
  logLikelihoodRatio: z.number(),
  basis: z.enum(['measured', 'stated']),
  facts: z.array(z.string()),
});
export type Observation = z.infer<typeof observationSchema>;

export const VERDICTS = ['supported', 'plausible', 'untested', 'refuted'] as const;

/** A hypothesis bound to a subject, with its verdict. */
export const findingSchema = z.object({
  /** `hypothesis id/subject id`. */
  id: z.string(),
  hypothesis: z.string(),
  title: textSchema,
  layer: layerSchema,
  subject: subjectSchema,
  verdict: z.enum(VERDICTS),
  probability: z.number(),
  /** Mean milliseconds of the tail excess that it claims, and their share; absent without traces. */
  claim: z
    .object({ ms: z.number(), share: z.number(), facts: z.array(z.string()), says: textSchema })
    .optional(),
  /** One or two sentences: the mechanism in this case, with its numbers. */
  statement: textSchema,
  /** The observation that decided it. */
  decidedBy: textSchema,
  /** What would refute it. */
  refutedIf: textSchema,
  observations: z.array(observationSchema),
  /** Changes that fit by mechanism and onset: subject ids. */
  changes: z.array(z.string()),
  measurements: z.array(z.string()),
  remedies: z.array(z.string()),
  /** A finding that explains the same milliseconds better, when this one lost to it. */
  rival: z.string().optional(),
});
export type Finding = z.infer<typeof findingSchema>;

/** Where the excess of the slow requests went. Shares never add to more than the excess. */
export const excessBudgetSchema = z.object({
  /** The entry operation that it is drawn up for. */
  subject: subjectSchema,
  /** Percentile above which requests count as slow. */
  percentile: z.number(),
  baselineMs: z.string(),
  incidentMs: z.string(),
  excessMs: z.string(),
  targetMs: z.string().optional(),
  bars: z.array(z.object({ finding: z.string(), ms: z.string(), share: z.string() })),
  /** What only goes when several of the causes go: no single one of them would bring it. Absent when it is little. */
  jointMs: z.string().optional(),
  jointShare: z.string().optional(),
  unexplainedMs: z.string(),
  unexplainedShare: z.string(),
  /** The cells it was added up from: exclusive time on the critical path. */
  cells: z.array(
    z.object({
      service: z.string(),
      operation: z.string(),
      kind: z.string(),
      baselineMs: z.string(),
      incidentMs: z.string(),
      excessMs: z.string(),
      finding: z.string().optional(),
    }),
  ),
});
/** All numbers are fact ids. */
export type ExcessBudget = z.infer<typeof excessBudgetSchema>;
