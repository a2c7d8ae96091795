import { createRoute, z } from '@hono/zod-openapi';
import { todayOf } from '../../capacity/today.js';
import { KNOWLEDGE } from '../../knowledge/index.js';
import { contextOf } from '../../method/context.js';
import { type Api, type ApiGround, idParam, jsonOf, REFUSALS, type Rights } from './context.js';

/** What is known of a service today, for trying loads and changes on it. */
export function capacityRoutes(
  api: Api,
  rights: Rights,
  { investigations }: Pick<ApiGround, 'investigations'>,
): void {
  const path = '/investigations/{id}/today';
  rights.set(`GET ${path}`, 'read');
  api.openapi(
    createRoute({
      method: 'get',
      path,
      summary: 'Load, latency, resources and objectives as they are today: what capacity plan works from',
      request: { params: idParam },
      responses: { 200: jsonOf('What was said or measured; nothing else.', z.any()), ...REFUSALS },
    }),
    (c) => {
      const { result } = investigations.result(c.req.valid('param').id);
      const { facts, components, links, changes } = result;
      const bare = { ...result.case, facts: [], components: [], links: [], changes: [] };
      return c.json(todayOf(contextOf(bare, KNOWLEDGE, { facts, components, links, changes })) as never, 200);
    },
  );
}
