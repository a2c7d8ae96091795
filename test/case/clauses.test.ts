import { describe, expect, it } from 'vitest';
import { readCase } from '../../src/case/index.js';
import { type Fact, formatQuantity, type InputKey } from '../../src/domain/index.js';

const ARCHITECTURE =
  'Java API (8 pods) → Redis → PostgreSQL 15; Kafka → settlement consumers (16 pods) → Elasticsearch 8';

const line = (f: Fact): string =>
  `${f.name} of ${f.subject.name}${f.phase === 'any' ? '' : `, ${f.phase}`}: ${f.comparator === '=' ? '' : `${f.comparator} `}${formatQuantity(f.value, f.unit)}`.replaceAll(
    '\u202f',
    ' ',
  );
/** The facts of one input, as "name of subject, phase: value". */
function facts(input: InputKey, text: string, more: Partial<Record<InputKey, string>> = {}): string[] {
  const inputs = { app_name: 'shop', architecture: ARCHITECTURE, ...more, [input]: text };
  const lines = Object.entries(inputs).map(([key, said]) => `[${key}]: ${said}`);
  return readCase(`${lines.join('\n')}\n[observability]: none`)
    .case.facts.filter((f) => f.from.some((p) => p.kind === 'input' && p.input === input))
    .map(line);
}

describe('ranges and scaling', () => {
  it('takes a range of pods for how far they scale, not for their number', () => {
    const read = readCase('[app_name]: shop\n[architecture]: Go API (20–80 pods, HPA at 65% CPU)').case.facts;
    expect(read.map((f) => f.name)).toEqual(['count.stated', 'ratio.stated']);
    expect(read[0]?.interval).toEqual([20, 80]);
  });

  it('reads machines told as so many times their cores', () => {
    expect(facts('architecture', 'Node API (12 x 8 cores) → PostgreSQL 15')).toEqual([
      'instances of shop: 12',
      'cpu.cores of shop: 8 cores',
    ]);
  });

  it('keeps what is missing to the whole visible', () => {
    expect(facts('target_metrics', 'availability 99.95%')).toEqual([
      'availability.ratio of shop, target: 99.95 %',
    ]);
  });
});

describe('what waits', () => {
  it('takes the wait of a queue for its delay', () => {
    expect(facts('current_metrics', 'wait p95 12 s in the export queue')[0]).toMatch(/^queue\.delay/);
  });

  it('tells who waits at a pooler from users', () => {
    const more = { architecture: 'Rails API → PgBouncer → PostgreSQL 15; RabbitMQ' };
    expect(facts('performance_issues', 'PgBouncer queue 120 clients', more)).toEqual([
      'pool.pending of PgBouncer, incident: 120',
    ]);
    expect(facts('current_metrics', 'Hikari pool 40 per pod, 31 waiting')).toEqual([
      'pool.limit of shop: 40',
      'pool.pending of shop: 31',
    ]);
    expect(facts('current_metrics', 'PostgreSQL CPU 72%, active sessions 96')[1]).toMatch(/^count\.stated/);
  });

  it('takes a queue behind "thread pool" for work that waits for a thread', () => {
    expect(facts('performance_issues', 'thread pool starvation (queue 1,200)')).toEqual([
      'threads.pending of shop, incident: 1 200',
    ]);
  });

  it('takes the latency of a job runner for the wait of its oldest job', () => {
    const more = { architecture: 'Rails API → PostgreSQL 15; Sidekiq' };
    expect(facts('target_metrics', 'Sidekiq latency < 1 min', more)).toEqual([
      'queue.delay of Sidekiq, target: < 60 s',
    ]);
  });
});

describe('whose a figure is', () => {
  it('takes a time alone behind a scan for the statement', () => {
    expect(facts('performance_issues', 'PostgreSQL seq scan on order_items, 310ms avg')).toEqual([
      'latency.mean of seq scan on order_items, incident: 310 ms',
    ]);
  });

  it('takes work of a store for the store just spoken of', () => {
    expect(facts('current_metrics', 'PostgreSQL CPU 58%, 22 ms per commit')[1]).toBe(
      'latency.mean of PostgreSQL: ~ 22 ms',
    );
  });

  it('takes the load in a goal of one route for the whole service', () => {
    expect(facts('target_metrics', 'checkout p95 < 1.5s at 25k rps')).toEqual([
      'latency.p95 of checkout, target: < 1 500 ms',
      'throughput of shop, target: 25 000/s',
    ]);
  });

  it('knows a part by the last word of its name', () => {
    expect(facts('recent_changes', 'moved consumers from 8 to 16 pods')).toEqual([
      'instances of settlement consumers: 16',
      'instances of settlement consumers, baseline: 8',
    ]);
  });

  it('keeps primary shards with the engine of their parenthesis', () => {
    expect(facts('dependencies', 'Elasticsearch (5 primary shards), PostgreSQL')).toEqual([
      'shards of Elasticsearch: 5',
    ]);
  });
});

describe('shares and sizes', () => {
  it('reads parts of one whole told in words', () => {
    expect(facts('workload', 'half of requests are search, a quarter detail pages')).toEqual([
      'mix.share of search: 50 %',
      'mix.share of detail pages: 25 %',
    ]);
  });

  it('takes what befalls a share of the calls for no class of them', () => {
    expect(
      facts('performance_issues', 'DynamoDB throttles 4% of writes', { dependencies: 'DynamoDB' }),
    ).toEqual(['throttled.ratio of DynamoDB, incident: 4 %']);
    expect(facts('target_metrics', 'deadline misses < 0.2%')).toEqual([
      'timeouts.ratio of shop, target: < 0.2 %',
    ]);
    expect(facts('performance_issues', 'thread pool rejections 1.8%')[0]).toMatch(/^ratio\.stated/);
  });

  it('reads a B beside kilobytes as a byte', () => {
    expect(facts('recent_changes', 'item size grew from 700 B to 1.9 KB')).toEqual([
      'payload.mean of shop, baseline: 700 B',
      'payload.mean of shop: 1.9 KB',
    ]);
  });

  it('takes no percentile of a size for its mean', () => {
    expect(facts('workload', 'responses 35KB avg, 180KB p99').map((l) => l.split(' ')[0])).toEqual([
      'payload.mean',
      'bytes.stated',
    ]);
  });
});

describe('further clauses', () => {
  it('takes the second of two figures for the first measure before', () => {
    expect(facts('performance_issues', 'Report p95 12s vs 3s in Q1')).toEqual([
      'latency.p95 of shop, incident: 12 000 ms',
      'latency.p95 of shop, baseline: 3 000 ms',
    ]);
  });

  it('tells what comes in from what is done', () => {
    const more = { architecture: 'Rails API → PostgreSQL 15; Sidekiq' };
    expect(facts('current_metrics', 'Sidekiq 2.2k jobs/min done, 2.9k jobs/min in', more)).toEqual([
      'queue.serviceRate of Sidekiq: 36.7/s',
      'queue.arrivalRate of Sidekiq: 48.3/s',
    ]);
    expect(facts('current_metrics', 'consumer throughput 900 msg/s per pod')[0]).toMatch(/^rate\.stated/);
  });

  it('takes polling for a class of requests, not for how available the service is', () => {
    expect(facts('workload', '88% availability polling every 5s, 9% reserve')).toContain(
      'mix.share of availability polling: 88 %',
    );
  });

  it('lays what is turned away at the door of the part just spoken of', () => {
    expect(facts('performance_issues', 'Elasticsearch bulk queue full, 4% rejected')).toEqual([
      'errors.ratio of Elasticsearch, incident: 4 %',
    ]);
  });

  it('carries the part a clause opens with to a bare measure behind the comma', () => {
    expect(facts('performance_issues', 'Elasticsearch merges throttled, CPU 93%')).toEqual([
      'cpu.utilisation of Elasticsearch, incident: 93 %',
    ]);
    expect(facts('current_metrics', 'PostgreSQL CPU 70%, cache 97% used')[1]).toMatch(/^ratio\.stated/);
  });

  it('reads the time to get a connection, and connections in use', () => {
    expect(facts('performance_issues', 'HikariCP pending 45, acquire p95 1.4s')[1]).toBe(
      'pool.wait.p95 of shop, incident: 1 400 ms',
    );
    expect(facts('current_metrics', 'connection pool 100 per pod, 95 in use')).toEqual([
      'pool.limit of shop: 100',
      'pool.used of shop: 95',
    ]);
  });

  it('reads figures of several dependencies of one kind', () => {
    expect(facts('dependencies', 'PostgreSQL, 4 carrier APIs (p95 900ms)')).toEqual([
      'latency.p95 of carrier APIs: 900 ms',
    ]);
  });
});

describe('serving of models', () => {
  it('keeps the time between tokens apart from the latency of requests', () => {
    expect(
      facts('current_metrics', 'TTFT p95 3.2s; inter-token latency 38 ms', {
        architecture: 'FastAPI gateway → vLLM on 8x A100',
      }),
    ).toEqual(['latency.p95 of TTFT: 3 200 ms', 'latency.mean of inter-token latency: ~ 38 ms']);
  });
});
