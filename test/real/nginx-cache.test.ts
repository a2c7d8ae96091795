import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deliverablesOf } from '../deliverables/cases.js';
import { type RunningServer, started } from './started.js';
import { has } from './tools.js';

const CASE = `[app_name]: Mail
[architecture]: nginx → Node.js API → PostgreSQL
[current_metrics]: p99 2s at 900 req/s
[target_metrics]: p99 < 1s`;

const folder = mkdtempSync(join(tmpdir(), 'kneepoint-nginx-'));
// The workers of nginx are another user than the one who starts it.
chmodSync(folder, 0o755);
let origin: Server;
let nginx: RunningServer;
const asked: string[] = [];
const timesAsked = (path: string): number => asked.filter((a) => a === path).length;

/** An address that was free a moment ago. */
const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

const get = async (path: string, headers: Record<string, string> = {}): Promise<string | null> => {
  const response = await fetch(`${nginx.url}${path}`, { headers });
  await response.text();
  return response.headers.get('x-cache');
};

describe.skipIf(!has('nginx'))('nginx with the file that is written for it', () => {
  beforeAll(async () => {
    origin = createServer((request, response) => {
      asked.push(request.url ?? '');
      setTimeout(() => {
        if (request.url === '/gone') response.statusCode = 404;
        else response.setHeader('Cache-Control', 'public, max-age=0, s-maxage=1, stale-while-revalidate=30');
        response.end('answer');
      }, 100);
    });
    await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', () => resolve()));
    const port = await freePort();
    const { files } = await deliverablesOf(CASE);
    writeFileSync(
      join(folder, 'cache.conf'),
      (files.get('cache/nginx.conf') ?? '').replace('/var/cache/nginx/shared', join(folder, 'shared')),
    );
    writeFileSync(
      join(folder, 'nginx.conf'),
      `worker_processes 1; daemon off; pid ${folder}/nginx.pid; error_log ${folder}/error.log;
events { worker_connections 256; }
http { access_log off; include ${folder}/cache.conf; server { listen 127.0.0.1:${port};
  location / { proxy_pass http://127.0.0.1:${(origin.address() as AddressInfo).port}; proxy_cache shared; add_header X-Cache $upstream_cache_status always; } } }
`,
    );
    nginx = await started('nginx', ['-c', join(folder, 'nginx.conf')], `http://127.0.0.1:${port}`, '/ready');
  });
  afterAll(async () => {
    await nginx?.stop();
    origin?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('asks once for what many want at the same time', async () => {
    await Promise.all(Array.from({ length: 40 }, () => get('/page')));
    expect(timesAsked('/page')).toBe(1);
  });

  it('serves the old answer while one request fetches the new one', async () => {
    await get('/old');
    // nginx counts whole seconds: what is kept for one second is old after two at the latest.
    await new Promise((resolve) => setTimeout(resolve, 2500));
    const states = await Promise.all(Array.from({ length: 20 }, () => get('/old')));
    // Who comes when the new answer is there already gets that one; nobody waits for it.
    expect(states.filter((s) => !['STALE', 'UPDATING', 'HIT'].includes(s ?? ''))).toEqual([]);
    expect(states).toContain('STALE');
  });

  it('keeps nothing for one person', async () => {
    await get('/mine', { cookie: 'session=1' });
    await get('/mine', { authorization: 'Bearer x' });
    expect(timesAsked('/mine')).toBe(2);
  });

  it('remembers shortly what is not there', async () => {
    await get('/gone');
    await get('/gone');
    expect(timesAsked('/gone')).toBe(1);
  });
});
