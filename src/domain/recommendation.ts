import { z } from 'zod';
import { blockSchema } from './block.js';
import { layerSchema } from './layer.js';
import { textSchema } from './text.js';

export const EFFORTS = ['minutes', 'hours', 'days', 'weeks'] as const;
export const RISKS = ['low', 'medium', 'high'] as const;

/** The report section a design belongs to: 5 caching and queuing, 6 database, 7 code, 10 cost and capacity. */
export const DESIGN_SECTIONS = ['caching', 'database', 'code', 'capacity'] as const;

/** A remedy bound to a finding. */
export const recommendationSchema = z.object({
  id: z.string(),
  remedy: z.string(),
  layer: layerSchema,
  findings: z.array(z.string()),
  rank: z.number(),
  /** "Take the coupon call out of checkout's serial path". */
  title: textSchema,
  description: textSchema,
  /** What it brings, with its forecast facts; on stated facts, an arithmetic bound and its assumption. */
  benefit: textSchema,
  /** The fact id of the forecast, when one was made. */
  forecast: z.string().optional(),
  risk: z.enum(RISKS),
  riskText: textSchema,
  effort: z.enum(EFFORTS),
  effortText: textSchema,
  /** How to see that it worked: what to measure, which reading. */
  verification: textSchema,
  /** The command that verifies it. */
  verifyCommand: textSchema.optional(),
  /** Who must approve: roles. */
  approvals: z.array(z.string()),
  section: z.enum(DESIGN_SECTIONS).optional(),
  /** The design in detail: configuration, DDL, code, TTL tables. */
  design: z.array(blockSchema),
});
export type Recommendation = z.infer<typeof recommendationSchema>;

/** A file made for the user. */
export const deliverableSchema = z.object({
  id: z.string(),
  /** Path below the output folder; made of fixed words, never of the user's. */
  path: z.string(),
  kind: z.enum([
    'load',
    'alerts',
    'alert-tests',
    'dashboard',
    'runbook',
    'sql',
    'cache',
    'profiling',
    'scaling',
    'code',
    'config',
  ]),
  stack: z.string(),
  language: z.string(),
  title: textSchema,
  /** How to use it: one command. */
  use: textSchema,
  text: textSchema,
});
export type Deliverable = z.infer<typeof deliverableSchema>;
