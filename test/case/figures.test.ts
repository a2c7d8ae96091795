import { describe, expect, it } from 'vitest';
import { readCase } from '../../src/case/index.js';
import { type Fact, formatQuantity, type InputKey } from '../../src/domain/index.js';

const ARCHITECTURE = 'Node.js API → Redis → PostgreSQL 15; Kafka → consumer workers';

/** The facts of one input, as "name of subject, phase: value". */
function facts(input: InputKey, text: string, architecture = ARCHITECTURE): string[] {
  const given = input === 'architecture' ? '' : `[architecture]: ${architecture}\n`;
  return readCase(`[app_name]: shop\n${given}[${input}]: ${text}\n[observability]: none`)
    .case.facts.filter((f) => f.from.some((p) => p.kind === 'input' && p.input === input))
    .map(line);
}
const sign = (f: Fact): string => (f.comparator === '=' ? '' : `${f.comparator} `);
const line = (f: Fact): string =>
  `${f.name} of ${f.subject.name}${f.phase === 'any' ? '' : `, ${f.phase}`}: ${sign(f)}${formatQuantity(f.value, f.unit)}`.replaceAll(
    '\u202f',
    ' ',
  );

describe('figures in prose', () => {
  it('keeps a percentile a percentile, whatever else the clause speaks of', () => {
    expect(facts('performance_issues', 'p99 is 780 ms and requests queue')).toEqual([
      'latency.p99 of shop, incident: 780 ms',
    ]);
    expect(facts('target_metrics', 'timeouts < 0.5%, p99 ≤ 20 ms')).toContain(
      'latency.p99 of shop, target: <= 20 ms',
    );
  });

  it('reads both ends of a change that is told with "before"', () => {
    expect(facts('performance_issues', 'p95 doubled from 1.8s to 3.6s before each restart')).toEqual(
      expect.arrayContaining([
        'latency.p95 of shop, baseline: 1 800 ms',
        'latency.p95 of shop, incident: 3 600 ms',
      ]),
    );
  });

  it('tells how often from how long', () => {
    expect(facts('current_metrics', 'full GC every 90 s lasting 1.8 s')).toEqual([
      'gc.interval of shop: 90 s',
      'gc.pause.p99 of shop: 1 800 ms',
    ]);
  });

  it('gives a figure without a unit the unit of its limit', () => {
    expect(facts('current_metrics', 'heap 7.2 of 8 GB')).toEqual([
      'heap.used of shop: 7.2 GB',
      'heap.limit of shop: 8 GB',
    ]);
  });

  it('reads "used/limit" and does not take it for status codes', () => {
    expect(facts('current_metrics', 'Postgres connections 500/500')).toEqual([
      'connections.used of PostgreSQL: 500',
      'connections.limit of PostgreSQL: 500',
    ]);
  });

  it('tells the queue of a pool from its size', () => {
    expect(facts('current_metrics', 'HikariCP pool 50, pending 130')).toEqual([
      'pool.limit of shop: 50',
      'pool.pending of shop: 130',
    ]);
  });

  it('does not take the speed of growth for the load', () => {
    const read = facts('performance_issues', 'consumer lag 4.2M and growing by 900 messages/s');
    expect(read.some((f) => f.startsWith('throughput'))).toBe(false);
  });

  it('makes a rate of a count within minutes, but not of the size of a job', () => {
    expect(facts('workload', 'we expect 6M votes in 5 minutes').join()).toContain('20 000/s');
    expect(facts('workload', 'nightly batch of 9M rows in 3 hours').join()).not.toContain('/s');
  });

  it('reads shares written as counts, halves of a second and networks', () => {
    expect(facts('performance_issues', 'checkout fails for roughly 2 in 100 users')).toContain(
      'errors.ratio of checkout, incident: ~ 2 %',
    );
    expect(facts('performance_issues', 'TTFB is half a second on 4G').join()).toBe(
      'latency.mean of TTFB, incident: ~ 500 ms',
    );
  });

  it('knows the way down: a cost that must fall is negative', () => {
    expect(facts('constraints', 'cost must fall 10% this quarter')).toContain(
      'cost.change of shop, target: −10 %',
    );
  });

  it('gives a share of the requests to the class that is named, not to the words before the comma', () => {
    expect(facts('current_metrics', '420 rps overall at peak, timeline is 15% of requests')).toContain(
      'mix.share of timeline: 15 %',
    );
  });

  it('counts what a figure stands right before, not what was named further left', () => {
    expect(facts('current_metrics', 'no connection reuse between 3 hostnames').join()).not.toContain(
      'connections.used',
    );
    expect(facts('current_metrics', 'one partition gets 9% of reads').join()).not.toContain('partitions of');
  });

  it('reads the parts of a bill as parts of the bill', () => {
    expect(
      facts('current_metrics', 'bill $62k/month: PostgreSQL 58%, API 21%, data transfer 14%, rest 7%'),
    ).toEqual(
      expect.arrayContaining([
        'cost.share of PostgreSQL: 58 %',
        'cost.share of shop: 21 %',
        'cost.share of data transfer: 14 %',
      ]),
    );
  });

  it('takes the most that somebody allows for a limit, not for the load', () => {
    expect(facts('dependencies', 'SOAP credit bureau (contractually max 50 TPS)')).toContain(
      'rate.stated of SOAP credit bureau: <= 50/s',
    );
  });

  it('reads a table by its heads', () => {
    const table =
      '\n| metric | normal | on-sale |\n|---|---|---|\n| requests/s | 300 | 2,800 |\n| p99 | 400 ms | 9.5 s |';
    expect(facts('current_metrics', table)).toEqual([
      'throughput of shop, steady: 300/s',
      'throughput of shop, peak: 2 800/s',
      'latency.p99 of shop, baseline: 400 ms',
      'latency.p99 of shop, peak: 9 500 ms',
    ]);
  });
});

describe('text without labels', () => {
  it('is sorted into the inputs by what its sentences say', () => {
    const { case: c, problems } = readCase(
      `Our site "Plantly" is a Next.js 14 storefront with Postgres 15 behind it. Pages are slow: p95 is 900 ms. ` +
        `We want p95 under 300 ms without leaving Vercel. Two weeks ago we switched product pages to server-side rendering.`,
    );
    expect(c.appName).toBe('Plantly');
    expect(c.inputs.target_metrics).toContain('300 ms');
    expect(c.inputs.constraints).toContain('without leaving Vercel');
    expect(c.changes.map((x) => x.when)).toEqual(['Two weeks ago']);
    expect(problems[0]?.what).toContain('sorted');
  });

  it('in front of the labels belongs to the case as well', () => {
    const { case: c } = readCase(
      'We run MeterFlow, a Go service that writes to TimescaleDB 2.11 behind an MQTT broker.\n\n[performance_issues]: p99 12 s\n[current_metrics]: 944 msg/s\n[target_metrics]: p99 < 1 s',
    );
    expect(c.inputs.architecture).toContain('TimescaleDB');
  });
});
