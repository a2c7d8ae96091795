import { createHash } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { policySchema, ROLES, type Role } from '../../src/governance/policy.js';
import type { Right } from '../../src/server/access/rights.js';
import { openApp } from '../../src/server/app.js';
import { type Serving, serve } from '../../src/server/serve.js';
import { ask } from './start.js';

const tokenOf = (role: Role): string => `the-token-of-the-${role}`;
const policy = policySchema.parse({
  access: {
    requestsPerMinute: 100_000,
    tokens: ROLES.map((role) => ({
      name: role,
      role,
      sha256: createHash('sha256').update(tokenOf(role)).digest('hex'),
    })),
  },
});

/** What a route asks for, by the word of the policy's author: looking is reading, and what costs time is work. */
function expected(route: string): Right {
  if (route.startsWith('POST /v1/')) return 'send';
  if (route.endsWith('/decisions')) return 'decide';
  return route.startsWith('GET ') ? 'read' : 'work';
}
/** Asks for no right: its body holds the token. */
const SESSION = 'POST /api/v1/session';
/** What each role may do, as docs/serve.md has it. */
const ALLOWED: Readonly<Record<Role, readonly Right[]>> = {
  sender: ['send'],
  viewer: ['read'],
  engineer: ['send', 'read', 'work'],
  approver: ['read', 'decide'],
  admin: ['send', 'read', 'work', 'decide', 'manage'],
};
const BESIDE_THE_API = [
  'GET /api/v1/openapi.json',
  'POST /mcp',
  'POST /v1/traces',
  'POST /v1/metrics',
  'POST /v1/logs',
  'POST /v1/profiles',
];

let serving: Serving;
let routes: string[];
const as = (role: Role, route: string) => {
  const [method = '', path = ''] = route.split(' ');
  return ask(`${serving.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${tokenOf(role)}`, 'content-type': 'application/json' },
    ...(method === 'POST' ? { body: '{' } : {}),
  });
};

beforeAll(async () => {
  const data = mkdtempSync(join(tmpdir(), 'kneepoint-rights-'));
  serving = await serve({ data, port: 0, policy, redaction: {} }, (ground) =>
    openApp(
      {
        policy,
        redaction: {},
        roots: [],
        command: [process.execPath, '-e', ''],
        program: new Command(),
        approvals: join(data, 'approvals'),
        page: undefined,
      },
      ground,
    ),
  );
  const document = JSON.parse((await as('viewer', 'GET /api/v1/openapi.json')).body.toString()) as {
    paths: Record<string, Record<string, unknown>>;
  };
  routes = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((m) => `${m.toUpperCase()} /api/v1${path.replace(/\{\w+\}/g, 'x-1')}`),
  );
});
afterAll(() => serving.close());

describe('every route of the document', () => {
  test('is found, so that none is left out', () => {
    expect(routes.length).toBeGreaterThan(30);
    expect(routes.filter((r) => r.startsWith('POST ')).length).toBeGreaterThan(4);
  });

  test.each(ROLES)('gives a %s what the role may, and nothing else', async (role) => {
    for (const route of [...routes, ...BESIDE_THE_API]) {
      if (route === SESSION) continue;
      const { status, body } = await as(role, route);
      if (ALLOWED[role].includes(expected(route)))
        expect([401, 403], `${role} ${route}`).not.toContain(status);
      else {
        expect(status, `${role} ${route}`).toBe(403);
        expect(body.toString()).toContain(`The role ${role} may not do this`);
      }
    }
  });

  test('is closed to whoever has no token or a wrong one', async () => {
    for (const route of [...routes, ...BESIDE_THE_API]) {
      if (route === SESSION) continue;
      const [method = '', path = ''] = route.split(' ');
      expect((await ask(`${serving.url}${path}`, { method })).status, route).toBe(401);
    }
  });

  test('says of a body that is no JSON that it is none', async () => {
    const { status, body } = await as('approver', 'POST /api/v1/investigations/x-1/decisions');
    expect(status).toBe(400);
    expect(body.toString()).toContain('JSON');
  });

  test('that nobody wrote down needs the most', async () => {
    for (const role of ROLES)
      expect((await as(role, 'POST /api/v1/something-new')).status).toBe(role === 'admin' ? 404 : 403);
  });
});

test('a viewer changes nothing: every POST, PUT, PATCH and DELETE is refused', async () => {
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'])
    for (const path of new Set(routes.map((r) => r.split(' ')[1] ?? '')))
      if (`${method} ${path}` !== SESSION)
        expect((await as('viewer', `${method} ${path}`)).status, `${method} ${path}`).toBe(403);
});
