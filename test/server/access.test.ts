import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { readPolicy } from '../../src/governance/policy.js';
import { rateLimit } from '../../src/server/access/rate.js';
import { span, traceRequest } from './otlp/requests.js';
import { ask, started } from './start.js';

const hash = (token: string): string => createHash('sha256').update(token).digest('hex');
const tokens = ['sender', 'viewer', 'engineer', 'approver', 'admin'].map((role) => ({
  name: `my-${role}`,
  role,
  sha256: hash(`${role}-token`),
}));
const read = [
  {
    under: '/thing',
    right: (request: { method?: string }) =>
      request.method === 'GET' ? ('read' as const) : ('work' as const),
    answer: async (_: unknown, response: { end(text: string): void }) => response.end('here'),
  },
];
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const telemetry = (url: string, headers: Record<string, string> = {}) =>
  ask(`${url}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf', ...headers },
    body: traceRequest([span({})]),
  });

test('without tokens, this machine may do everything', async () => {
  const { url } = await started({}, read);
  expect((await ask(`${url}/thing`)).status).toBe(200);
  expect((await telemetry(url)).status).toBe(200);
});

test('with tokens, a request without one, or with a wrong one, is not let in', async () => {
  const { url } = await started({ access: { tokens } }, read);
  const without = await ask(`${url}/thing`);
  expect(without.status).toBe(401);
  expect(without.headers['www-authenticate']).toContain('Bearer');
  expect((await ask(`${url}/thing`, { headers: bearer('guess') })).status).toBe(401);
  expect((await telemetry(url)).status).toBe(401);
});

test.each([
  ['sender', 403, 403, 200],
  ['viewer', 200, 403, 403],
  ['engineer', 200, 200, 200],
  ['approver', 200, 403, 403],
  ['admin', 200, 200, 200],
])('a token of a %s may read (%i), work (%i) and send (%i)', async (role, reads, works, sends) => {
  const { url } = await started({ access: { tokens } }, read);
  const headers = bearer(`${role}-token`);
  expect((await ask(`${url}/thing`, { headers })).status).toBe(reads);
  expect((await ask(`${url}/thing`, { method: 'POST', headers })).status).toBe(works);
  expect((await telemetry(url, headers)).status).toBe(sends);
});

test('guessing tokens is slowed down', async () => {
  const { url } = await started({ access: { tokens } }, read);
  const statuses: number[] = [];
  for (let i = 0; i < 22; i++)
    statuses.push((await ask(`${url}/thing`, { headers: bearer(`guess-${i}`) })).status);
  expect(statuses.slice(0, 20).every((s) => s === 401)).toBe(true);
  expect(statuses.at(-1)).toBe(429);
});

test('a name that is not the server’s is refused, whatever it points to', async () => {
  const { url } = await started({ access: { hosts: ['kneepoint.example'] } }, read);
  const by = async (host: string) => (await ask(`${url}/thing`, { headers: { host } })).status;
  expect(await by('attacker.example')).toBe(403);
  expect(await by('127.0.0.1.attacker.example')).toBe(403);
  expect(await by('localhost:1')).toBe(200);
  expect(await by('kneepoint.example:4318')).toBe(200);
});

test('pages of other origins are refused; those of the policy may send telemetry and nothing else', async () => {
  const { url } = await started({ access: { origins: ['https://shop.example'] } }, read);
  const origin = 'https://shop.example';
  expect((await ask(`${url}/thing`, { headers: { origin: 'https://evil.example' } })).status).toBe(403);
  expect((await ask(`${url}/thing`, { headers: { origin: 'null' } })).status).toBe(403);
  expect((await ask(`${url}/thing`, { headers: { origin } })).status).toBe(403);
  expect((await ask(`${url}/thing`, { headers: { origin: url } })).status).toBe(200);
  expect(
    (await ask(`${url}/thing`, { headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' } }))
      .status,
  ).toBe(403);
  const sent = await telemetry(url, { origin });
  expect(sent.status).toBe(200);
  expect(sent.headers['access-control-allow-origin']).toBe(origin);
  expect((await telemetry(url, { origin: 'https://evil.example' })).status).toBe(403);
  const preflight = await ask(`${url}/v1/traces`, { method: 'OPTIONS', headers: { origin } });
  expect(preflight.status).toBe(204);
});

test('answers forbid scripts of others, frames and guesses of types', async () => {
  const { url } = await started({}, read);
  const { headers } = await ask(`${url}/thing`);
  expect(headers['content-security-policy']).toContain("default-src 'none'");
  expect(headers['content-security-policy']).not.toContain('unsafe');
  expect(headers['x-content-type-options']).toBe('nosniff');
});

test.each(['/../etc/passwd', '/thing/%2e%2e/%2e%2e/etc/passwd', '/%00', '/%', '/thing%5c..%5c'])(
  'the path %s leads nowhere',
  async (path) => {
    const { url } = await started({}, read);
    expect([400, 404]).toContain((await ask(url, { headers: {} }).then(() => ask(`${url}${path}`))).status);
  },
);

test('each caller has a rate of its own, which fills again', () => {
  let ms = 0;
  const rate = rateLimit(2, () => ms);
  expect([rate.take('a'), rate.take('a'), rate.take('b')]).toEqual([0, 0, 0]);
  expect(rate.take('a')).toBeGreaterThan(0);
  ms += 30_000;
  expect(rate.take('a')).toBe(0);
  expect(rate.take('a')).toBeGreaterThan(0);
});

test.each([
  ['access: { listen: 0.0.0.0 }', /beyond this machine, without TLS/],
  ['access: { tokens: [{ name: a, role: viewer, sha256: abc }] }', /SHA-256 of the token/],
  ['access: { tokens: [{ name: a, role: boss, sha256: abc }] }', /access.tokens.0.role/],
  [
    `access: { tokens: [${['viewer', 'admin'].map((role) => `{ name: a, role: ${role}, sha256: '${'0'.repeat(64)}' }`).join(', ')}] }`,
    /Two tokens are named a/,
  ],
  ['access: { origins: [shop.example] }', /must be like https/],
  ['receiver: { maxRequestMb: 100, maxInFlightMb: 10 }', /no such request could ever be taken/],
  ['receiver: { maxRequestMB: 100 }', /maxRequestMB/],
])('the policy %s is refused', (text, why) => {
  expect(() => readPolicy(text, 'policy.yaml')).toThrow(why);
});
