import { z } from 'zod';
import { PHASES } from '../../domain/index.js';
import { isPattern } from '../../facts/trace-study/pattern.js';
import { caseArgument, limitArgument, offsetArgument } from '../tool.js';

const pattern = z.string().min(1).max(200).refine(isPattern, 'at most 200 characters and 6 stars').optional();

/** What a client may ask of the evidence: always bounded, never a statement of its own. */
export const evidenceQuery = z.strictObject({
  case: caseArgument,
  of: z
    .enum(['facts', 'fact', 'excess', 'paths', 'sources', 'operations', 'trace', 'logs', 'metrics'])
    .describe(
      'facts: computed numbers, with filters; fact: where one came from; excess: extra time of slow requests by cell of the critical path; paths: a slow request beside a normal one; sources: files read; operations: spans by service and name; trace: one trace; logs, metrics: records of the trouble',
    ),
  id: z.string().max(400).optional().describe('of=fact: the fact; of=trace: the trace id or its start'),
  name: pattern.describe('pattern of names, * for anything: latency.*, pool.wait*; of=logs: of the text'),
  subject: pattern.describe('pattern of subjects or services: service:checkout*, *coupon*'),
  phase: z.enum(PHASES).optional(),
  basis: z.enum(['measured', 'stated', 'assumed']).optional(),
  order: z
    .enum(['name', 'change'])
    .default('name')
    .describe('of=facts: change puts the largest move since the baseline first'),
  offset: offsetArgument,
  limit: limitArgument(25),
});
export type EvidenceQuery = z.output<typeof evidenceQuery>;
