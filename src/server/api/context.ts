import type { IncomingMessage } from 'node:http';
import type { OpenAPIHono } from '@hono/zod-openapi';
import { z } from '@hono/zod-openapi';
import type { Redactor } from '../../evidence/redact/index.js';
import type { Policy } from '../../governance/policy.js';
import type { Caller, Right } from '../access/rights.js';
import type { Tokens } from '../access/tokens.js';
import type { DataFolder } from '../data-folder.js';
import type { Investigations } from '../investigations.js';
import type { Jobs } from '../jobs/jobs.js';
import type { ApiVerb } from '../jobs/verbs.js';
import type { Receiver } from '../otlp/receiver.js';
import type { Places } from '../references.js';
import type { Studies } from '../study/studies.js';

/** What the routes work with. */
export interface ApiGround {
  policy: Policy;
  folder: DataFolder;
  receiver: Receiver;
  investigations: Investigations;
  jobs: Jobs;
  studies: Studies;
  places: Places;
  tokens: Tokens;
  /** For what leaves: the second time that text is cut. */
  redactor: Redactor;
  approvals: string;
  redactionRules: string | undefined;
  policyFile: string | undefined;
  /** Records of forecasts beside the server's own: files of `verify --record`, folders of `lab run`. */
  records: readonly string[];
  /** Commands that may be run as jobs. */
  verbs: readonly ApiVerb[];
}

export interface Env {
  Bindings: { caller: Caller; incoming: IncomingMessage };
}
export type Api = OpenAPIHono<Env>;

/** Rights by `METHOD /path`, as the document has the path; a route without one is refused. */
export type Rights = Map<string, Right>;

export const ERROR = z
  .object({
    error: z.object({ what: z.string(), where: z.string().optional(), todo: z.string().optional() }),
  })
  .openapi('Error');

const refusal = (description: string) => ({
  description,
  content: { 'application/json': { schema: ERROR } },
});
/** What every route may answer beside what it is for. */
export const REFUSALS = {
  400: refusal('The request cannot be understood.'),
  401: refusal('A token is needed.'),
  403: refusal('The caller may not do this.'),
  404: refusal('There is nothing of this name.'),
  429: refusal('Too many requests; Retry-After says when to try again.'),
} as const;

export const jsonOf = <T extends z.ZodType>(description: string, schema: T) => ({
  description,
  content: { 'application/json': { schema } },
});

export const idParam = z.object({
  id: z
    .string()
    .regex(/^[a-z0-9-]{1,64}$/)
    .openapi({ description: 'as the list gives it' }),
});
export const pageQuery = (usual: number, most: number) =>
  z.object({
    limit: z.coerce.number().int().min(1).max(most).default(usual),
    offset: z.coerce.number().int().min(0).max(10_000_000).default(0),
  });
