import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { deliverablesOf } from './cases.js';

const caseWith = (broker: string, figures: string): string => `[app_name]: Mail
[architecture]: nginx → Node.js API → ${broker} → workers → PostgreSQL; CloudFront CDN in front
[performance_issues]: backlog of 40000 messages
[current_metrics]: 60 messages/s arrive, ${figures}; p99 2s
[target_metrics]: p99 < 1s
[workload]: 70% browse catalog, 20% order history, 10% write`;

const folder = mkdtempSync(join(tmpdir(), 'kneepoint-queue-settings-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a script with a client of the broker that prints what it was given, an argument a line. */
function givenTo(client: string, script: string, env: Record<string, string>): string[] {
  const stub = join(folder, client);
  writeFileSync(stub, '#!/bin/sh\nfor a in "$@"; do printf "%s\\n" "$a"; done\n');
  chmodSync(stub, 0o755);
  const { stdout, status } = spawnSync('sh', ['-s'], {
    input: script,
    encoding: 'utf8',
    env: { ...env, PATH: `${folder}:${process.env.PATH ?? ''}` },
  });
  expect(status).toBe(0);
  return stdout.trim().split('\n');
}

describe('settings of a queue', () => {
  it('of SQS are attributes with tries and dead letters, hidden for three times the slowest of a thousand', async () => {
    const { files } = await deliverablesOf(
      caseWith('Amazon SQS', '50 msg/s are processed by 120 workers, 2.4 s per message'),
    );
    const given = givenTo('aws', files.get('config/queue.sh') ?? '', {
      QUEUE_URL: 'q',
      DEAD_ARN: 'arn:dead',
    });
    const attributes = JSON.parse(given[given.indexOf('--attributes') + 1] ?? '');
    expect(Number(attributes.VisibilityTimeout)).toBe(Math.ceil(2.4 * 21));
    expect(JSON.parse(attributes.RedrivePolicy)).toEqual({
      deadLetterTargetArn: 'arn:dead',
      maxReceiveCount: 5,
    });
  });

  it('of RabbitMQ are a policy for quorum queues', async () => {
    const { files } = await deliverablesOf(caseWith('RabbitMQ', '50 msg/s are processed by 20 workers'));
    const given = givenTo('rabbitmqctl', files.get('config/queue.sh') ?? '', {
      QUEUE: '^q$',
      DEAD_EXCHANGE: 'dead',
    });
    expect(given.slice(0, 3)).toEqual(['set_policy', 'worked-off', '^q$']);
    expect(JSON.parse(given[3] ?? '')).toMatchObject({ 'delivery-limit': 5, 'dead-letter-exchange': 'dead' });
  });

  it('of Service Bus never lock for longer than it allows', async () => {
    const { files } = await deliverablesOf(
      caseWith('Azure Service Bus', '1 msg/s are processed by 60 workers'),
    );
    const given = givenTo('az', files.get('config/queue.sh') ?? '', { GROUP: 'g', SPACE: 's', QUEUE: 'q' });
    expect(given).toContain('PT300S');
  });

  it('are not written where nothing tells how long a message takes', async () => {
    const { files } = await deliverablesOf(caseWith('RabbitMQ', 'workers are busy'));
    expect([...files.keys()].filter((p) => p.startsWith('config/queue'))).toEqual([]);
  });
});

describe('shared caches in front', () => {
  it('keep what names say is shared, and never one person’s own', async () => {
    const { files } = await deliverablesOf(caseWith('RabbitMQ', '50 msg/s are processed by 20 workers'));
    const headers = files.get('cache/edge-headers.http') ?? '';
    expect(headers).toMatch(/# browse catalog: .*\nCache-Control: public, max-age=0, s-maxage=60/);
    expect(headers).not.toMatch(/# .*history.*\nCache-Control: public/);
    const nginx = files.get('cache/nginx.conf') ?? '';
    for (const line of [
      'proxy_cache_lock on;',
      'proxy_cache_background_update on;',
      'proxy_cache_valid 404 410 5s;',
    ])
      expect(nginx).toContain(line);
  });
});
