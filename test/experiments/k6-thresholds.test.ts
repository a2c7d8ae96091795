import { describe, expect, it } from 'vitest';
import { summaryNotes, thresholdFaults } from '../../src/experiments/load/k6-thresholds.js';

const of = (metric: string, ...thresholds: (string | { threshold: string })[]) =>
  thresholdFaults({ scenarios: { read: {}, write: {} }, thresholds: { [metric]: thresholds } });

describe('thresholds of k6', () => {
  it.each([
    ['http_req_duration', 'p(99)<700'],
    ['http_req_duration{scenario:read}', 'p(99.9) <= 1500.5'],
    ['http_req_duration{scenario:write,status:200}', 'max<5000'],
    ['http_req_failed', 'rate<0.01'],
    ['checks', 'rate>=0.99'],
    ['dropped_iterations', 'count==0'],
    ['http_reqs', 'rate>100'],
    ['vus', 'value<500'],
    ['my_own_metric', 'avg<3'],
    ['my_own_metric{place:a}', 'count>10'],
  ])('%s: %s is taken', (metric, threshold) => {
    expect(of(metric, threshold)).toEqual([]);
    expect(of(metric, { threshold })).toEqual([]);
  });

  it.each([
    ['http_req_duration', 'p99<700', 'a comparison and a plain number'],
    ['http_req_duration', 'p(99)<700ms', 'a plain number'],
    ['http_req_duration', 'p(99)', 'p(99)<700'],
    ['http_req_duration', 'p95()<700', 'no threshold'],
    ['http_req_duration', 'rate<0.1', 'A trend has no "rate"'],
    ['http_req_duration', 'count<5', 'A trend has no "count"'],
    ['http_req_duration', 'p(0.99)<700', 'write p(99)'],
    ['http_req_duration', 'p(999)<700', 'no 999th percentile'],
    ['http_req_failed', 'rate<5', 'never fails: write rate<0.05 for 5 %'],
    ['http_req_failed', 'p(99)<1', 'A rate has no "p(99)"'],
    ['checks', 'rate>99', 'always fails'],
    ['http_reqs', 'avg>1', 'A counter has no "avg"'],
    ['my_own_metric', 'mean<3', 'k6 knows no "mean"'],
  ])('%s: %s is told, and what to write', (metric, threshold, what) => {
    const faults = of(metric, threshold);
    expect(faults).toHaveLength(1);
    expect(faults[0]?.what).toContain(what);
    expect(faults[0]?.expression).toBe(threshold);
  });

  it.each([
    ['http_req_duration{scenario:reads}', 'There are: read, write'],
    ['http_req_duration {scenario:read', 'no name of a metric'],
    ['http-req-duration', 'no name of a metric'],
  ])('%s is no metric of the script', (metric, what) => {
    expect(of(metric, 'p(99)<1')[0]?.what).toContain(what);
  });

  it('come with what the summary will lack', () => {
    expect(summaryNotes({ summaryTrendStats: ['p(99)', 'count'] })).toEqual([]);
    expect(summaryNotes({}).join(' ')).toMatch(/p\(99\).*count/);
  });
});
