import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FACT_NAMES, type FactName } from '../../src/domain/index.js';
import { KNOWLEDGE, productEntry, products, recognise, settingName } from '../../src/knowledge/index.js';
import { parseProducts } from '../../src/knowledge/load.js';
import { versionInRange } from '../../src/knowledge/version.js';

const read = (text: string): string[] =>
  recognise(text).map((r) => (r.version === undefined ? r.product : `${r.product} ${r.version}`));

describe('recognising products', () => {
  test.each([
    ['Must remain on Node 20, Postgres 15; no extra region', ['nodejs 20', 'postgresql 15']],
    [
      'Node.js (Express) API → Redis cache → PostgreSQL 15 primary + read replica',
      ['nodejs', 'express', 'redis', 'postgresql 15'],
    ],
    [
      'Java 17 / Spring Boot 3.2 behind nginx, ES 8.x, k8s 1.29',
      ['jvm 17', 'spring-boot 3.2', 'nginx', 'elasticsearch 8.x', 'kubernetes 1.29'],
    ],
    ['~30 Go 1.22 services over gRPC on EKS', ['go 1.22', 'grpc', 'eks']],
    ['RDS MySQL 8.0 and PG 14', ['mysql 8.0', 'postgresql 14']],
    [
      'C# on .NET 8, ASP.NET Core 8, SQL Server 2019',
      ['dotnet', 'dotnet 8', 'aspnet-core 8', 'sqlserver 2019'],
    ],
    ['python3.11 with Oracle 19c', ['python 3.11', 'oracle 19c']],
    ['Elasticsearch client 7.17 -> 8.11, Django 3.2 to 4.2', ['elasticsearch 8.11', 'django 4.2']],
  ])('%s', (text, expected) => expect(read(text)).toEqual(expected));

  test('a count behind a name is not its version', () => {
    expect(read('Redis cluster (3 shards), Kafka 5 brokers, RabbitMQ (3-node cluster)')).toEqual([
      'redis',
      'kafka',
      'rabbitmq',
    ]);
    expect(read('Node 16 processes; Redis 7 GB; Redis hit rate 71%; Postgres 15 ms')).toEqual([
      'nodejs',
      'redis',
      'redis',
      'postgresql',
    ]);
  });

  test('short names count only in their own letters and as whole words', () => {
    expect(read('es pg go nr dd alb rails')).toEqual([]);
    expect(read('we go live; Go live on Monday; GOES to ESP; express checkout')).toEqual([]);
    expect(read('two nodes, each node holds 40 pods, a data node')).toEqual([]);
    expect(read('mongodbs kafkaesque predis')).toEqual([]);
  });

  test('the longest name wins, and places are those of the text', () => {
    const text = 'uses Azure Cache for Redis, Amazon RDS Proxy';
    expect(recognise(text).map((r) => [r.product, text.slice(r.start, r.end)])).toEqual([
      ['redis', 'Azure Cache for Redis'],
      ['rds-proxy', 'Amazon RDS Proxy'],
    ]);
  });

  test('property: places are in order, do not overlap, and hold the name; any text is read', () => {
    const words = fc.constantFrom(
      'Redis',
      'Postgres 15',
      'node',
      'GO',
      'İ',
      '\u202f',
      '->',
      '8.x',
      'v',
      '(',
      'ﬁ',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.array(words).map((w) => w.join(' ')),
        ),
        (text) => {
          let last = 0;
          for (const r of recognise(text)) {
            expect(r.start).toBeGreaterThanOrEqual(last);
            expect(r.end).toBeGreaterThan(r.start);
            expect(r.end).toBeLessThanOrEqual(text.length);
            last = r.end;
          }
        },
      ),
      { seed: 7, numRuns: 500 },
    );
  });

  test('takes time in proportion to the text, also on text made to be slow', () => {
    const time = (n: number): number => {
      const text = 'Amazon  RDS   for  '.repeat(n);
      const start = performance.now();
      recognise(text);
      return performance.now() - start;
    };
    time(2000);
    const small = time(4000);
    expect(time(32_000)).toBeLessThan(Math.max(40 * small, 400));
  });
});

describe('known facts', () => {
  test.each([
    ['postgresql', 'connections.limit', '15', 100],
    ['mysql', 'connections.limit', '8.0', 151],
    ['pg-pool', 'pool.limit', undefined, 10],
    ['hikaricp', 'pool.limit', undefined, 10],
    ['adonet', 'pool.limit', undefined, 100],
    ['tomcat', 'threads.limit', undefined, 200],
    ['dynamodb', 'partition.writeLimit', undefined, 1000],
    ['kafka', 'consumer.sessionTimeout', '2.8', 10],
    ['kafka', 'consumer.sessionTimeout', '3.6', 45],
    ['kafka', 'consumer.sessionTimeout', undefined, 45],
    ['kubernetes', 'autoscaler.interval', undefined, 15],
    ['gke', 'autoscaler.interval', undefined, 15],
    ['valkey', 'connections.limit', undefined, 10_000],
  ])('%s %s of version %s', (product, key, version, value) => {
    const fact = KNOWLEDGE.fact(product, key, version);
    expect(fact?.value).toBe(value);
    expect(fact?.origin).toBe('knowledge');
    expect(fact?.from[0]).toMatchObject({ kind: 'document' });
  });

  test('what nobody wrote down is unknown', () => {
    expect(KNOWLEDGE.fact('postgresql', 'no.such.key')).toBeUndefined();
    expect(KNOWLEDGE.fact('no-such-product', 'connections.limit')).toBeUndefined();
    expect(KNOWLEDGE.product('no-such-product')).toBeUndefined();
    expect(KNOWLEDGE.traps('no-such-product')).toEqual([]);
  });

  test('names the setting', () =>
    expect(settingName('postgresql', 'connections.limit')).toBe('max_connections'));

  test('a trap holds for the versions it is written for', () => {
    const ids = (v?: string) => KNOWLEDGE.traps('go', v).map((t) => t.id);
    expect(ids('1.22')).toContain('go/gomaxprocs-quota');
    expect(ids('1.25')).not.toContain('go/gomaxprocs-quota');
    expect(ids()).toContain('go/gomaxprocs-quota');
    expect(KNOWLEDGE.traps('aurora-postgresql').map((t) => t.id)).toContain('postgresql/idle-in-transaction');
  });
});

describe('the data', () => {
  const HYPOTHESES = new Set(
    `oversized-payload client-retries cpu-saturation event-loop-blocked gc-pressure memory-leak n-plus-one serial-calls
    thread-pool-exhausted unbounded-concurrency in-process-lock logging-hot-path inefficient-code head-of-line-queue
    low-hit-ratio ttl-too-short stampede cold-cache hot-key slow-cache-command cache-evictions slow-statement
    pool-exhausted connection-limit lock-wait long-transaction replica-unused write-saturation hot-partition
    stale-statistics cpu-throttling uneven-load scale-out-lag traffic-surge noisy-neighbour disk-saturation
    network-latency cold-start connection-setup new-dependency-call slow-dependency missing-timeout retry-amplification
    rate-limited consumer-lag partition-parallelism rebalance-storm`.split(/\s+/),
  );

  test('every alias leads to one product, and is recognised as it', () => {
    const owner = new Map<string, string>();
    for (const p of products())
      for (const alias of [...(p.nameIsCommon ? [] : [p.name]), ...p.aliases, ...p.exact]) {
        const key = p.exact.includes(alias) ? alias : alias.toLowerCase();
        expect(owner.get(key) ?? p.id, alias).toBe(p.id);
        owner.set(key, p.id);
        expect(
          recognise(`on ${alias}.`).map((r) => r.product),
          alias,
        ).toEqual([p.id]);
      }
  });

  test('units agree with the vocabulary, and versions of one key do not overlap silently', () => {
    for (const p of products())
      for (const f of p.facts)
        if (f.unit && f.key in FACT_NAMES)
          expect(f.unit, `${p.id} ${f.key}`).toBe(FACT_NAMES[f.key as FactName][0]);
  });

  test('traps point to hypotheses of the catalogue and hold no figure in their words', () => {
    for (const p of products())
      for (const t of p.traps) {
        for (const h of t.hypotheses) expect(HYPOTHESES.has(h), `${p.id}/${t.id}: ${h}`).toBe(true);
        expect(`${t.title} ${t.text}`, `${p.id}/${t.id}`).not.toMatch(/\d/);
      }
  });

  test('frameworks and libraries say what they run on', () => {
    for (const p of products())
      if (p.traits.includes('library') && p.kind !== 'queue') expect(p.runtime, p.id).toBeDefined();
    expect(productEntry('express')?.runtime).toBe('nodejs');
  });
});

describe('bad data', () => {
  const good = `- id: x\n  name: X\n  kind: service\n  layer: api\n`;
  test.each([
    ['{', /x\.yaml: /],
    ['- id: x\n', /x\.yaml: product x, name: /],
    [`${good}  facts: [{ key: pool.limit, value: 1 }]\n`, /product x, facts\.0: needs a source/],
    [
      `${good}  source: some manual\n  date: '2025-01-01'\n  facts: [{ key: my.own, value: 1 }]\n`,
      /"my\.own" needs a unit/,
    ],
    [`${good}  source: some manual\n  date: today\n`, /a date is written YYYY-MM-DD/],
    [`${good}  colour: red\n`, /colour/],
  ])('%s', (text, message) => expect(() => parseProducts('x.yaml', text)).toThrow(message));
});

test('version ranges', () => {
  expect(versionInRange('15', '>=9.6')).toBe(true);
  expect(versionInRange('1.22.4', '<1.25')).toBe(true);
  expect(versionInRange('3.10', '>=3.9 <4.0')).toBe(true);
  expect(versionInRange('v4', '>=4.0')).toBe(true);
  expect(versionInRange('8.x', '>=8.0 <9.0')).toBe(true);
});
