import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readCase } from '../../src/case/index.js';
import { type Context, plain } from '../../src/domain/index.js';
import { KNOWLEDGE } from '../../src/knowledge/index.js';
import { contextOf } from '../../src/method/context.js';
import { READINGS } from '../../src/readings/registry.js';
import { plainReading } from './made-case.js';

const BRIEF = `[app_name]: NovaPay Checkout API
[architecture]: Node.js (Express) API → Redis cache → PostgreSQL 15 primary + read replica
[performance_issues]: p99 latency spiked from 480ms to 1.8s during flash sales; CPU pegged at 90%; DB connections maxed.
[current_metrics]: p50 120ms, p95 600ms, p99 1.8s, QPS 3k steady, 6k peak; Redis hit rate 71%; Postgres slow query log shows 120ms avg for order lookup.
[target_metrics]: p99 < 700ms under 8k QPS, error rate < 0.5%, infra cost +15% max.
[observability]: Datadog APM, pyroscope profiling, k6 load tests, Prometheus scrape, Grafana dashboards.
[recent_changes]: Added coupon service call inside checkout last week; switched to new ORM version.
[constraints]: Must remain on Node 20, Postgres 15; no extra region allowed; cost increase <15%.
[workload]: Highly bursty (flash sales), 80% read, 20% write, payloads ~3KB.
[dependencies]: Redis cluster (3 shards), Postgres, internal coupon service, third-party tax API.
`;
const contextFor = (text: string): Context => contextOf(readCase(text).case, KNOWLEDGE);
const said = (context: Context): string =>
  READINGS.flatMap((r) => r.read(context))
    .map(plainReading)
    .join('\n')
    .replaceAll('\u202f', ' ');

describe('the example of the brief', () => {
  const out = said(contextFor(BRIEF));
  // Each figure worked out by hand from the text above.
  it.each([
    ['busy connections', '84 of them busy at 3 000/s, 167 at 6 000/s and 223 at 8 000/s'],
    ['misses', '696/s | 1 392/s | 1 856/s'],
    ['CPU', 'CPU at 90 % under 6 000/s would have to be 120 % under 8 000/s'],
    ['capacity', 'capacity grow 1.85×, to run at 65 %'],
    ['median', '80 % reads × 71 % = 56.8 % of requests'],
    ['tail', 'p50 120 ms and p95 600 ms foretell a p99 of 1 200 ms, and it is 1 800 ms'],
    ['price of a held connection', 'each millisecond of it costs 1.2 connections of PostgreSQL at 6 000/s'],
    ['share', 'the slowest 5 % of all requests are as many as 25 % of it'],
    ['bandwidth', '3 KB × 8 000/s = 24 MB/s'],
    ['pair of fixes', '5 ms instead of 120 ms leaves 9.3 of 223 busy connections'],
    ['added call', 'leaves coupon service at most 150 ms'],
    ['rent', 'can run 30 hours a week'],
    ['experiment', '4 runs separate the 2 changes: all off must read 480 ms, all on must reproduce 1 800 ms'],
    ['burn', 'the budget burns 4.1× as fast as it may, and the usual page at 14.4× stays silent'],
    ['load generator', 'must be able to hold 5 600 open'],
    ['walls', 'the first wall is the 100 connections of PostgreSQL'],
  ])('%s', (_what, figure) => {
    expect(out).toContain(figure);
  });

  it('asks what would turn the plan', () => {
    for (const id of [
      'which-host-is-busy',
      'percentiles-per-route',
      'what-was-the-baseline',
      'connections-limit/',
      'replica-serves/',
      'call-in-transaction/',
    ])
      expect(out).toContain(id);
  });
});

describe('every prompt of the examples', () => {
  const folder = new URL('../../examples/prompts/', import.meta.url);
  for (const file of readdirSync(folder)
    .filter((f) => f.endsWith('.txt'))
    .sort()) {
    it(`reads ${file} without a figure beyond reason`, () => {
      const readings = READINGS.flatMap((r) =>
        r.read(contextFor(readFileSync(new URL(file, folder), 'utf8'))),
      );
      expect(readings.length).toBeGreaterThan(10);
      for (const r of readings) {
        const headline = plain(r.headline);
        expect(headline, r.id).not.toMatch(/undefined|NaN|∞/);
        // A percentage of many digits, or a load of terabytes a second, means that figures were mixed up.
        expect(headline, r.id).not.toMatch(/\d{2}\u202f\d{3}\u202f%|TB\/s/);
      }
      expect(new Set(readings.map((r) => r.id)).size).toBe(readings.length);
    });
  }
});
