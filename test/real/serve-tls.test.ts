import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { startServer } from '../../bench/receiver/server-process.js';
import { has, run } from './tools.js';

const folder = mkdtempSync(join(tmpdir(), 'kneepoint-tls-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);
const TOKEN = 'a-token-of-the-test';

function ask(url: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    request(url, { headers, ca: readFileSync(at('server.crt')), servername: 'localhost' }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });
}

describe.skipIf(!has('openssl'))('kneepoint serve with TLS', () => {
  it('speaks to those with a token, and in no other way', async () => {
    const made = run('openssl', [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      '-subj',
      '/CN=localhost',
      '-addext',
      'subjectAltName=DNS:localhost,IP:127.0.0.1',
      '-keyout',
      at('server.key'),
      '-out',
      at('server.crt'),
    ]);
    expect(made.status, made.output).toBe(0);
    const sha256 = createHash('sha256').update(TOKEN).digest('hex');
    writeFileSync(
      at('policy.yaml'),
      `access:
  listen: 127.0.0.1
  tls: { certificate: ${at('server.crt')}, key: ${at('server.key')} }
  tokens: [{ name: ann, role: viewer, sha256: ${sha256} }]
`,
    );
    const server = await startServer(at('data'), ['--policy', at('policy.yaml')]);
    expect(server.url).toMatch(/^https:/);
    const me = `${server.url}/api/v1/me`;
    expect(await ask(me, {})).toBe(401);
    expect(await ask(me, { authorization: `Bearer ${TOKEN}` })).toBe(200);
    await expect(fetch(me.replace('https:', 'http:'))).rejects.toThrow();
    await server.end('SIGTERM');
  });
});
