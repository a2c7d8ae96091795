import { createRoute, z } from '@hono/zod-openapi';
import { keepStatement, keptStatements } from '../../governance/approvals/folder.js';
import { planOf } from '../../governance/approvals/plan.js';
import { standingOf } from '../../governance/approvals/standing.js';
import { readStatement } from '../../governance/approvals/statement.js';
import { Refusal } from '../../governance/refusal.js';
import { recorded } from '../audit.js';
import { Denied } from '../denied.js';
import { type Api, type ApiGround, idParam, jsonOf, REFUSALS, type Rights } from './context.js';

const standingSchema = z
  .object({
    recommendation: z.string(),
    title: z.string(),
    risk: z.string(),
    plan: z.string().openapi({ description: 'SHA-256 of the exact plan: what is signed' }),
    state: z.enum(['approved', 'pending', 'refused', 'break-glass']),
    roles: z.array(z.string()),
    missing: z.array(z.string()),
    toBeReviewed: z.boolean(),
    statements: z.array(
      z.object({
        decision: z.string(),
        role: z.string(),
        by: z.string(),
        at: z.string(),
        reason: z.string(),
        void: z.string().optional(),
      }),
    ),
  })
  .openapi('Standing');

/** Where recommendations stand, and signed decisions in. Nobody decides by being logged in: a key of the policy signs. */
export function governanceRoutes(
  api: Api,
  rights: Rights,
  { investigations, policy, approvals }: ApiGround,
): void {
  rights.set('GET /investigations/{id}/approvals', 'read');
  api.openapi(
    createRoute({
      method: 'get',
      path: '/investigations/{id}/approvals',
      summary: 'Where each recommendation stands',
      request: { params: idParam },
      responses: {
        200: jsonOf('The exact plans, who must approve, and who has.', z.array(standingSchema)),
        ...REFUSALS,
      },
    }),
    (c) => {
      const { result } = investigations.result(c.req.valid('param').id);
      return c.json(
        result.recommendations.map((r) => {
          const plan = planOf(result, r.id);
          const standing = standingOf(plan, keptStatements(approvals, plan).read, policy, new Date());
          return {
            recommendation: plan.recommendation,
            title: plan.title,
            risk: plan.risk,
            plan: plan.hash,
            state: standing.state,
            roles: policy.approvals[plan.risk],
            missing: standing.missing,
            toBeReviewed: standing.toBeReviewed,
            statements: standing.statements.map(({ statement: s, void: why }) => ({
              decision: s.decision,
              role: s.role,
              by: s.by,
              at: s.at,
              reason: s.reason,
              ...(why === undefined ? {} : { void: why }),
            })),
          };
        }),
        200,
      );
    },
  );

  rights.set('POST /investigations/{id}/decisions', 'decide');
  api.openapi(
    createRoute({
      method: 'post',
      path: '/investigations/{id}/decisions',
      summary: 'Hand in a signed decision',
      description:
        'The text that kneepoint approve --print-statement prints, with the signature of ssh-keygen -Y sign -n kneepoint behind it.',
      request: {
        params: idParam,
        body: {
          required: true,
          content: {
            'application/json': {
              schema: z.object({ signed: z.string().max(20_000) }).openapi('SignedDecision'),
            },
          },
        },
      },
      responses: {
        201: jsonOf(
          'Kept.',
          z.object({ recommendation: z.string(), state: z.string(), missing: z.array(z.string()) }),
        ),
        ...REFUSALS,
      },
    }),
    (c) => {
      const { result } = investigations.result(c.req.valid('param').id);
      const { signed } = c.req.valid('json');
      try {
        const read = readStatement(signed, 'the request');
        const plan = planOf(result, read.statement.recommendation);
        const [own] = standingOf(plan, [read], policy, new Date()).statements;
        if (own?.void !== undefined) throw new Denied(400, `The decision does not count: ${own.void}.`);
        keepStatement(approvals, read.statement, signed);
        const { state, missing } = standingOf(plan, keptStatements(approvals, plan).read, policy, new Date());
        recorded(`decision.${read.statement.decision}`, c.env.caller.name, { statement: signed });
        return c.json({ recommendation: plan.recommendation, state, missing }, 201);
      } catch (error) {
        if (error instanceof Refusal) throw new Denied(400, `${error.what} ${error.todo}`);
        throw error;
      }
    },
  );
}
