import { createHash } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { Command } from 'commander';
import { expect, onTestFinished, test } from 'vitest';
import { policySchema } from '../../src/governance/policy.js';
import { openApp } from '../../src/server/app.js';
import { serve } from '../../src/server/serve.js';
import { ask } from './start.js';

const CLI = fileURLToPath(new URL('../../bench/receiver/cli.ts', import.meta.url));
const hash = (token: string): string => createHash('sha256').update(token).digest('hex');

async function serving(access: Record<string, unknown> = {}): Promise<string> {
  const data = mkdtempSync(join(tmpdir(), 'kneepoint-agents-'));
  const policy = policySchema.parse({ access });
  const made = await serve({ data, port: 0, policy, redaction: {} }, (ground) =>
    openApp(
      {
        policy,
        redaction: {},
        roots: [],
        command: [process.execPath, '--import', 'tsx', CLI],
        program: new Command(),
        approvals: join(data, 'approvals'),
        page: undefined,
      },
      ground,
    ),
  );
  onTestFinished(() => made.close());
  return made.url;
}

async function connected(url: string, headers: Record<string, string> = {}): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(
    new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { requestInit: { headers } }),
  );
  return client;
}
const call = async (client: Client, name: string, args: Record<string, unknown> = {}): Promise<string> => {
  const { content } = await client.callTool({ name, arguments: args });
  return (content as { text: string }[])[0]?.text ?? '';
};

test('the official client lists the tools, calls them and is told of progress', {
  timeout: 60_000,
}, async () => {
  const client = await connected(await serving());
  const { tools } = await client.listTools();
  expect(tools.length).toBeLessThanOrEqual(10);
  expect(
    await call(client, 'start_case', {
      text: '[app_name]: shop\n[performance_issues]: p99 spiked from 480ms to 1.8s, CPU 90%',
    }),
  ).toContain('case c1');
  const told: (string | undefined)[] = [];
  await client.callTool({ name: 'findings', arguments: {} }, undefined, {
    onprogress: ({ message }) => told.push(message),
  });
  expect(told).toContain('weighing hypotheses');
  await client.close();
});

test('agents do not see the cases of each other', { timeout: 60_000 }, async () => {
  const url = await serving();
  const [a, b] = [await connected(url), await connected(url)];
  await call(a, 'start_case', { text: '[app_name]: shop' });
  expect(await call(b, 'findings')).toContain('No case has been started');
  await Promise.all([a.close(), b.close()]);
});

test('a session is of the token that began it, and a viewer has none', { timeout: 60_000 }, async () => {
  const url = await serving({
    tokens: ['one', 'two']
      .map((name) => ({ name, role: 'engineer', sha256: hash(name) }))
      .concat({ name: 'three', role: 'viewer', sha256: hash('three') }),
  });
  const client = await connected(url, { authorization: 'Bearer one' });
  const session = (client.transport as StreamableHTTPClientTransport).sessionId ?? '';
  const list = (token: string) =>
    ask(`${url}/mcp`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'mcp-session-id': session,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'tools/list' }),
    });
  expect((await list('one')).status).toBe(200);
  expect((await list('two')).status).toBe(404);
  expect((await list('three')).status).toBe(403);
  expect((await list('nobody')).status).toBe(401);
  await client.close();
});

test('pages of other origins, unknown sessions and messages out of order are refused in the form of the protocol', async () => {
  const url = await serving();
  const send = (headers: Record<string, string>, body: unknown) =>
    ask(`${url}/mcp`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...headers,
      },
      body: JSON.stringify(body),
    });
  const list = { jsonrpc: '2.0', id: 1, method: 'tools/list' };
  expect((await send({ origin: 'https://evil.example' }, list)).status).toBe(403);
  expect((await send({ host: 'evil.example' }, list)).status).toBe(403);
  const early = await send({}, list);
  expect(early.status).toBe(400);
  expect(JSON.parse(early.body.toString())).toMatchObject({ jsonrpc: '2.0', error: { code: -32000 } });
  expect((await send({ 'mcp-session-id': 'made-up' }, list)).status).toBe(404);
});
