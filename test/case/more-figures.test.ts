import { describe, expect, it } from 'vitest';
import { readCase } from '../../src/case/index.js';
import { type Case, type Fact, formatQuantity, type InputKey } from '../../src/domain/index.js';

const ARCHITECTURE = 'Node.js API → Redis → PostgreSQL 15; Kafka → consumer workers';

function caseOf(inputs: Partial<Record<InputKey, string>>): Case {
  const lines = Object.entries({ app_name: 'shop', architecture: ARCHITECTURE, ...inputs });
  return readCase(`${lines.map(([key, text]) => `[${key}]: ${text}`).join('\n')}\n[observability]: none`)
    .case;
}
const line = (f: Fact): string =>
  `${f.name} of ${f.subject.name}${f.phase === 'any' ? '' : `, ${f.phase}`}: ${f.comparator === '=' ? '' : `${f.comparator} `}${formatQuantity(f.value, f.unit)}`.replaceAll(
    '\u202f',
    ' ',
  );
/** The facts of one input, as "name of subject, phase: value". */
const facts = (input: InputKey, text: string, more: Partial<Record<InputKey, string>> = {}): string[] =>
  caseOf({ ...more, [input]: text })
    .facts.filter((f) => f.from.some((p) => p.kind === 'input' && p.input === input))
    .map(line);

describe('bounds and shares', () => {
  it('takes a share that is answered within a time for a percentile', () => {
    expect(facts('target_metrics', '99.9% of logins under 800 ms')).toEqual([
      'latency.p999 of login, target: < 800 ms',
    ]);
    expect(facts('target_metrics', '3 nines of answers in <100 ms')).toEqual([
      'latency.p999 of shop, target: < 100 ms',
    ]);
    expect(facts('target_metrics', 'logins below 5 seconds in 95 % of cases')).toEqual([
      'latency.p95 of login, target: < 5 000 ms',
    ]);
  });

  it('takes a share that becomes visible within a time for how late it may be', () => {
    expect(facts('target_metrics', '99% of scans visible within 30 s')).toEqual([
      'queue.delay of Kafka, target: <= 30 s',
    ]);
  });

  it('reads bounds that are told in words', () => {
    expect(facts('target_metrics', 'p99.9 single-digit ms')).toEqual([
      'latency.p999 of shop, target: < 10 ms',
    ]);
    expect(facts('performance_issues', 'around one request in fifty is rejected')).toEqual([
      'errors.ratio of shop, incident: ~ 2 %',
    ]);
  });

  it('does not take the word for an aim for the measure', () => {
    expect(facts('performance_issues', 'timeouts 6% (SLA 2%)')).toEqual([
      'timeouts.ratio of shop, incident: 6 %',
      'timeouts.ratio of shop, target: 2 %',
    ]);
    expect(facts('performance_issues', 'p99 of 2.4 seconds instead of the promised 800 ms')).toEqual([
      'latency.p99 of shop, incident: 2 400 ms',
      'latency.p99 of shop, target: 800 ms',
    ]);
  });

  it('gives a statistic right behind the figure to that figure', () => {
    expect(facts('performance_issues', 'the basket takes 3 s median and 12 s at p95')).toEqual([
      'latency.p50 of basket, incident: 3 000 ms',
      'latency.p95 of basket, incident: 12 000 ms',
    ]);
  });
});

describe('ways of writing figures', () => {
  it('reads points as thousands where commas are decimal', () => {
    expect(
      facts('current_metrics', '1.250 requests/s at noon', { performance_issues: 'p95 is 3,5 s' }),
    ).toEqual(['throughput of shop: 1 250/s']);
    expect(facts('current_metrics', '1.25 requests/s at noon')).toEqual(['throughput of shop: 1.25/s']);
  });

  it('reads a ratio written as a decimal', () => {
    expect(facts('current_metrics', 'hit rate of Redis 0.62')).toEqual(['cache.hitRatio of Redis: 62 %']);
  });

  it('gives a figure without a unit the rate beside it', () => {
    expect(facts('current_metrics', '55k requests/s peak, 18k avg')).toEqual([
      'throughput of shop, peak: 55 000/s',
      'throughput of shop, steady: 18 000/s',
    ]);
  });

  it('takes hours of the day, versions and how often for no quantity', () => {
    expect(facts('performance_issues', 'CPU sits at 85 percent from 6 to 9 in the morning')).toEqual([
      'cpu.utilisation of shop, incident: 85 %',
    ]);
    expect(facts('workload', 'evening peak 19–22h is 4x the night')).toEqual([
      'burst.factor of shop, peak: 4×',
    ]);
    expect(facts('recent_changes', 'client library upgrade 2.20 → 2.25')).toEqual([]);
    expect(facts('performance_issues', 'misses the 06:30 deadline three days a week')).toEqual([]);
  });

  it('tells what may be spent from what is', () => {
    expect(facts('constraints', '$38k/mo today, ceiling $42k/mo')).toEqual([
      'cost.monthly of shop: 38 000/month',
      'cost.monthly of shop, target: 42 000/month',
    ]);
  });
});

describe('whose figure it is', () => {
  it('gives what is said of nodes and workers to the part that is counted in them', () => {
    const architecture = 'Go API (14 pods) → RabbitMQ → 30 enrichment workers → Cassandra 4.1 (9 nodes)';
    expect(facts('current_metrics', 'Node heap 12 of 16 GB. Worker CPU 35%.', { architecture })).toEqual([
      'heap.used of Cassandra: 12 GB',
      'heap.limit of Cassandra: 16 GB',
      'cpu.utilisation of enrichment workers: 35 %',
    ]);
  });

  it('takes the only service of the architecture for the app', () => {
    const own = caseOf({
      app_name: 'Parcel Radar',
      architecture: 'Kotlin tracking API (14 pods) → Cassandra',
    });
    expect(own.components.map((c) => c.subject.name)).toEqual(['Parcel Radar', 'Cassandra']);
  });

  it('names the callee that a change brings', () => {
    const changed = { recent_changes: 'added fraud-score gRPC call (p99 38ms, called on every bid)' };
    expect(facts('recent_changes', changed.recent_changes)).toEqual(['latency.p99 of fraud-score: 38 ms']);
  });

  it('keeps a rate of what goes wrong apart from the load', () => {
    expect(facts('performance_issues', 'H12 timeouts: about 90 per minute')).toEqual([
      'rate.stated of shop, incident: ~ 1.5/s',
    ]);
  });

  it('leaves alone what belongs to something nobody named as a part', () => {
    expect(facts('current_metrics', 'risk check CPU 71%')).toEqual(['ratio.stated of shop: 71 %']);
  });

  it('counts the calls of one piece of work', () => {
    expect(facts('current_metrics', '3 lookups per bid')).toEqual(['calls.perRequest of shop: 3']);
    expect(facts('current_metrics', 'a basket page issues 140 queries')).toContain(
      'calls.perRequest of basket page: 140',
    );
  });

  it('gives words behind a pair to the next figure', () => {
    expect(
      facts('performance_issues', 'p99 jumps from 300 ms to 5 s and fan-out lag hits 12 minutes'),
    ).toEqual(
      expect.arrayContaining([
        'latency.p99 of shop, baseline: 300 ms',
        'latency.p99 of shop, incident: 5 000 ms',
      ]),
    );
  });
});

describe('what no request waits for', () => {
  const roles = (dependencies: string, appName = 'shop'): string[] =>
    caseOf({ app_name: appName, dependencies })
      .components.filter((c) => c.roles.includes('background'))
      .map((c) => c.subject.name);

  it('is mail, analytics and jobs of the night', () => {
    expect(roles('PostgreSQL, tax service (internal), mail relay, analytics beacon, nightly export')).toEqual(
      ['mail relay', 'analytics beacon', 'nightly export'],
    );
  });

  it('is never the work that the app is for', () => {
    expect(roles('SMTP relay, PostgreSQL', 'mail API')).toEqual([]);
  });
});
