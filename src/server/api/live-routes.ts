import { createRoute, z } from '@hono/zod-openapi';
import type { Watch } from '../live/watch.js';
import { type Api, jsonOf, REFUSALS, type Rights } from './context.js';

const liveSchema = z
  .object({
    state: z.string(),
    services: z.array(
      z.object({
        name: z.string(),
        p95Ms: z.number(),
        beforeMs: z.number().optional(),
        ratePerSecond: z.number(),
        errorRatio: z.number(),
      }),
    ),
    calls: z.array(z.object({ from: z.string(), to: z.string() })),
    suspicion: z
      .object({ text: z.string(), since: z.string(), investigation: z.string().optional() })
      .optional(),
  })
  .openapi('Live');

/** What arrives now: services, their calls, and what is suspected. */
export function liveRoutes(api: Api, rights: Rights, watch: Watch): void {
  rights.set('GET /live', 'read');
  api.openapi(
    createRoute({
      method: 'get',
      path: '/live',
      summary: 'What arrives now, against the minutes before',
      responses: { 200: jsonOf('Services, calls, and the first suspicion.', liveSchema), ...REFUSALS },
    }),
    (c) => c.json(watch.state(), 200),
  );
}
