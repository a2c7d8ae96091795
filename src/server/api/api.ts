import type { IncomingMessage, ServerResponse } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { OpenAPIHono } from '@hono/zod-openapi';
import { bodyLimit } from 'hono/body-limit';
import { HTTPException } from 'hono/http-exception';
import { VERSION } from '../../investigate/version.js';
import type { Right } from '../access/rights.js';
import { Denied } from '../denied.js';
import type { Part } from '../http.js';
import type { Watch } from '../live/watch.js';
import { capacityRoutes } from './capacity-routes.js';
import type { Api, ApiGround, Env, Rights } from './context.js';
import { evidenceRoutes } from './evidence-routes.js';
import { forecastRoutes } from './forecast-routes.js';
import { governanceRoutes } from './governance-routes.js';
import { jobRoutes } from './job-routes.js';
import { liveRoutes } from './live-routes.js';
import { profileRoutes } from './profile-routes.js';
import { resultRoutes } from './result-routes.js';
import { telemetryRoutes } from './telemetry-routes.js';

export const API = '/api/v1';
const MOST_BODY_BYTES = 2 * 1024 * 1024;
const OPENAPI = `${API}/openapi.json`;

/** The API as a part of the server, and its description. */
export function apiPart(ground: ApiGround, watch: Watch): Part {
  const rights: Rights = new Map();
  const api: Api = new OpenAPIHono<Env>({
    defaultHook: (parsed) => {
      if (parsed.success) return;
      const [issue] = parsed.error.issues;
      throw new Denied(
        400,
        `${issue?.path.join('.') || 'The request'}: ${issue?.message ?? 'cannot be read'}`,
      );
    },
  });
  api.use('*', async (c, next) => {
    // The body of an upload goes to a file; all others are held.
    if (c.req.method !== 'POST' || c.req.path.endsWith('/uploads')) return next();
    return bodyLimit({
      maxSize: MOST_BODY_BYTES,
      onError: () => {
        throw new Denied(413, `A request has at most ${MOST_BODY_BYTES} bytes.`);
      },
    })(c, next);
  });
  for (const routes of [
    telemetryRoutes,
    jobRoutes,
    resultRoutes,
    capacityRoutes,
    evidenceRoutes,
    profileRoutes,
    forecastRoutes,
    governanceRoutes,
  ])
    routes(api, rights, ground);
  liveRoutes(api, rights, watch);
  api.onError((error, c) => {
    const denied = deniedBy(error);
    if (denied.status === 500) process.stderr.write(`kneepoint: ${error.message}\n`);
    if (denied.retryAfterSeconds !== undefined) c.header('retry-after', String(denied.retryAfterSeconds));
    return c.json({ error: { what: denied.words } }, denied.status as 500);
  });
  api.notFound((c) =>
    c.json({ error: { what: 'There is no such path; GET /api/v1/openapi.json lists them.' } }, 404),
  );

  const root = new OpenAPIHono<Env>();
  root.route(API, api);
  const document = openApiOf(api);
  root.get(OPENAPI, (c) => c.json(document));
  const patterns = [...rights].map(([route, right]) => ({ test: patternOf(route), right }));

  return {
    under: '/api/',
    right: (request, path) => rightOf(request.method ?? 'GET', path, patterns),
    answer: async (request: IncomingMessage, response: ServerResponse, _path, caller) => {
      const listener = getRequestListener((r) => root.fetch(r, { caller, incoming: request }), {
        overrideGlobalObjects: false,
      });
      await listener(request, response);
    },
  };
}

/** What hono refuses itself is a body that is no JSON; all else is a fault of ours, told to the operator alone. */
function deniedBy(error: Error): Denied {
  if (error instanceof Denied) return error;
  return error instanceof HTTPException && error.status < 500
    ? new Denied(error.status, `The request cannot be read: ${error.message}`)
    : new Denied(500, 'The request could not be worked on.');
}

/** The document of all routes (OpenAPI 3.1). */
export const openApiOf = (api: Api): object =>
  api.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Kneepoint',
      version: VERSION,
      description:
        'Investigations, their evidence and the commands of kneepoint. Telemetry comes in by OTLP at /v1/traces, metrics, logs and profiles; agents ask at /mcp.',
    },
    servers: [{ url: API }],
  });

interface Pattern {
  test: RegExp;
  right: Right;
}

const patternOf = (route: string): RegExp => {
  const [method = '', path = ''] = route.split(' ');
  const source = `${API}${path}`.replace(/[.]/g, '\\.').replace(/\{\w+\}/g, '[^/]+');
  return new RegExp(`^${method} ${source}$`);
};

/** What a caller must be allowed; nothing for a session, which has its token in its body. Unknown paths need most. */
function rightOf(method: string, path: string, patterns: readonly Pattern[]): Right | undefined {
  if (method === 'POST' && path === `${API}/session`) return undefined;
  if (method === 'GET' && path === OPENAPI) return 'read';
  const asked = `${method === 'HEAD' ? 'GET' : method} ${path}`;
  return patterns.find((p) => p.test.test(asked))?.right ?? 'manage';
}
