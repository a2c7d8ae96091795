import { createRoute, z } from '@hono/zod-openapi';
import type { Edit } from '../../facts/trace-study/edits.js';
import { isPattern } from '../../facts/trace-study/pattern.js';
import { redactAgain } from '../../governance/redact-again.js';
import type { Question } from '../study/questions.js';
import { type Api, type ApiGround, idParam, jsonOf, pageQuery, REFUSALS, type Rights } from './context.js';

const traceId = z.string().regex(/^[0-9a-f]{1,32}$/);
const spans = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .refine(isPattern, 'at most 200 characters and 6 stars')
  .openapi({
    description: 'a service, an operation, service/operation or a statement; * for anything',
  });
const edit = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('drop'), spans }),
  z.object({ kind: z.literal('shorten'), spans, factor: z.number().min(0).max(1) }),
  z.object({ kind: z.literal('shorten-by'), spans, lessMs: z.number().positive() }),
  z.object({ kind: z.literal('parallel'), spans }),
  z.object({ kind: z.literal('cache'), spans, hitRatio: z.number().min(0).max(1) }),
  z.object({ kind: z.literal('batch'), spans }),
  z.object({ kind: z.literal('timeout'), spans, capMs: z.number().positive() }),
]);
const MOST_SPANS = 50_000;

/** Telemetry of an investigation: requests, traces, what-if, the records behind a number. */
export function evidenceRoutes(
  api: Api,
  rights: Rights,
  { investigations, studies, redactor }: ApiGround,
): void {
  const base = '/investigations/{id}';
  const ask = async (id: string, question: Question): Promise<unknown> => {
    investigations.result(id);
    return redactAgain(await studies.ask(investigations.folder(id), question), redactor);
  };
  const free = z.any();

  rights.set(`GET ${base}/operations`, 'read');
  api.openapi(
    createRoute({
      method: 'get',
      path: `${base}/operations`,
      summary: 'Operations that requests come in by, the one with the most time first',
      request: { params: idParam },
      responses: { 200: jsonOf('Requests, p50, p99 and errors of each.', z.array(free)), ...REFUSALS },
    }),
    async (c) => c.json((await ask(c.req.valid('param').id, { ask: 'operations' })) as unknown[], 200),
  );

  rights.set(`GET ${base}/map`, 'read');
  api.openapi(
    createRoute({
      method: 'get',
      path: `${base}/map`,
      summary: 'Which service calls which',
      request: { params: idParam },
      responses: { 200: jsonOf('Calls, errors and times of each pair.', z.array(free)), ...REFUSALS },
    }),
    async (c) => c.json((await ask(c.req.valid('param').id, { ask: 'map' })) as unknown[], 200),
  );

  rights.set(`GET ${base}/traces`, 'read');
  api.openapi(
    createRoute({
      method: 'get',
      path: `${base}/traces`,
      summary: 'Requests, the slowest first or in order of time',
      request: {
        params: idParam,
        query: pageQuery(50, 1000).extend({
          service: z.string().max(300).optional(),
          operation: z.string().max(300).optional(),
          order: z.enum(['slowest', 'time']).default('slowest'),
        }),
      },
      responses: {
        200: jsonOf('A page of requests.', z.object({ total: z.number(), traces: z.array(free) })),
        ...REFUSALS,
      },
    }),
    async (c) => {
      const { order, ...query } = c.req.valid('query');
      return c.json(
        (await ask(c.req.valid('param').id, { ask: 'traces', slowest: order === 'slowest', ...query })) as {
          total: number;
          traces: unknown[];
        },
        200,
      );
    },
  );

  rights.set(`GET ${base}/traces/{trace}`, 'read');
  api.openapi(
    createRoute({
      method: 'get',
      path: `${base}/traces/{trace}`,
      summary: 'Spans of a trace in order of time',
      request: { params: idParam.extend({ trace: traceId }), query: pageQuery(MOST_SPANS, MOST_SPANS) },
      responses: {
        200: jsonOf(
          'Times in ms from the first span.',
          z.object({ traceId: z.string(), startNs: z.string(), total: z.number(), spans: z.array(free) }),
        ),
        ...REFUSALS,
      },
    }),
    async (c) => {
      const { id, trace } = c.req.valid('param');
      return c.json((await ask(id, { ask: 'trace', traceId: trace, ...c.req.valid('query') })) as never, 200);
    },
  );

  rights.set(`GET ${base}/traces/{trace}/path`, 'read');
  api.openapi(
    createRoute({
      method: 'get',
      path: `${base}/traces/{trace}/path`,
      summary: 'The critical path of the request of a trace',
      request: { params: idParam.extend({ trace: traceId }) },
      responses: {
        200: jsonOf(
          'Pieces that touch and add up to the request.',
          z.object({ traceId: z.string(), pieces: z.array(free) }),
        ),
        ...REFUSALS,
      },
    }),
    async (c) => {
      const { id, trace } = c.req.valid('param');
      return c.json((await ask(id, { ask: 'path', traceId: trace })) as never, 200);
    },
  );

  rights.set(`POST ${base}/what-if`, 'work');
  api.openapi(
    createRoute({
      method: 'post',
      path: `${base}/what-if`,
      summary: 'What each percentile would have been with changes applied to the recorded requests',
      request: {
        params: idParam,
        body: {
          required: true,
          content: {
            'application/json': {
              schema: z
                .object({ request: z.string().max(300).optional(), edits: z.array(edit).min(1).max(8) })
                .openapi('WhatIf'),
            },
          },
        },
      },
      responses: {
        200: jsonOf('Recorded and re-timed, pessimistic and optimistic, with intervals.', free),
        ...REFUSALS,
      },
    }),
    async (c) => {
      const { request, edits } = c.req.valid('json');
      const asEdits = edits.map(
        (e): Edit => (e.kind === 'shorten-by' ? { kind: 'shorten', spans: e.spans, lessMs: e.lessMs } : e),
      );
      return c.json(
        (await ask(c.req.valid('param').id, {
          ask: 'what-if',
          edits: asEdits,
          ...(request === undefined ? {} : { request }),
        })) as never,
        200,
      );
    },
  );

  rights.set(`GET ${base}/burn`, 'read');
  api.openapi(
    createRoute({
      method: 'get',
      path: `${base}/burn`,
      summary: 'Requests that failed or were slow, over time: what an error budget is spent by',
      request: {
        params: idParam,
        query: z.object({
          service: z.string().max(300).optional(),
          operation: z.string().max(300).optional(),
          slowerThanMs: z.coerce.number().positive().optional(),
        }),
      },
      responses: {
        200: jsonOf(
          'Of the requests in the traces, before the trouble and in it, in slices of time.',
          z.array(free),
        ),
        ...REFUSALS,
      },
    }),
    async (c) =>
      c.json(
        (await ask(c.req.valid('param').id, { ask: 'burn', ...c.req.valid('query') })) as unknown[],
        200,
      ),
  );

  rights.set(`GET ${base}/fact/records`, 'read');
  api.openapi(
    createRoute({
      method: 'get',
      path: `${base}/fact/records`,
      summary: 'Records behind a measured number, and the query that finds them',
      request: {
        params: idParam,
        query: z.object({
          fact: z.string().max(500),
          limit: z.coerce.number().int().min(1).max(500).default(50),
        }),
      },
      responses: {
        200: jsonOf('The query, how many records it finds, and the first of them.', free),
        ...REFUSALS,
      },
    }),
    async (c) => {
      const { fact, limit } = c.req.valid('query');
      return c.json((await ask(c.req.valid('param').id, { ask: 'rows', fact, limit })) as never, 200);
    },
  );
}
