import { describe, expect, it } from 'vitest';
import { readLoadSeries } from '../../src/evidence/readers/load-series.js';
import { stepsFromJson, stepsFromTable } from '../../src/evidence/readers/load-steps.js';

describe('steps of a load test', () => {
  it('reads concurrency and throughput by the names people give them', () => {
    const [step] = stepsFromTable('vus;rps;p99 (ms);cpu\n10;950.5;42;71%\n', 'a.csv');
    expect(step).toMatchObject({ concurrency: 10, throughput: 950.5, p99Ms: 42, utilisation: 0.71 });
  });
  it('reads latency in seconds when the column says so', () => {
    expect(stepsFromTable('rate,mean_s\n10,0.25\n', 'a.csv')[0]).toMatchObject({ meanMs: 250 });
  });
  it('reads the steps of a search for the knee', () => {
    const steps = stepsFromJson({ steps: [{ rate: 50, throughput: 49, meanMs: 3, p99Ms: 9 }] }, 'knee.json');
    expect(steps?.[0]).toMatchObject({ offered: 50, throughput: 49, meanMs: 3, p99Ms: 9 });
  });
  it.each([
    ['', /empty/],
    ['rate\nabc\n', /“abc” is no number \(a.csv, line 2/],
    ['rate,p99\n10\n', /1 fields instead of 2 \(a.csv, line 2\)/],
    ['users\n10\n', /no throughput \(a.csv, line 2\)/],
    ['rate,"p99\n10,1\n', /header cannot be read/],
  ])('refuses %j with the place', (text, message) => {
    expect(() => stepsFromTable(text, 'a.csv')).toThrow(message);
  });
});

describe('a recorded load', () => {
  it('reads counts a minute as a rate, and fills a gap with the value before', () => {
    const series = readLoadSeries(
      'minute,requests\n2026-01-05 00:10:00,600\n2026-01-05 00:11:00,1200\n2026-01-05 00:13:00,60\n',
      'load.csv',
    );
    expect(series.ratePerSecond).toEqual([10, 20, 20, 1]);
    expect(series).toMatchObject({ startMinute: 10, startWeekday: 1, filled: 1 });
  });
  it('reads rates by the second, averaged over a minute', () => {
    const series = readLoadSeries('timestamp,rps\n1767571800,10\n1767571830,30\n1767571860,50\n', 'load.csv');
    expect(series.ratePerSecond).toEqual([20, 50]);
  });
  it.each([
    ['minute,requests\n2026-01-05 00:10:00,6\n', /fewer than two rows/],
    ['minute,requests\nyesterday,6\n2026-01-05 00:10:00,6\n', /“yesterday” is no time \(load.csv, line 2/],
    ['minute,requests\n2026-01-05 00:10:00,6\n2026-01-05 00:09:00,6\n', /goes back \(load.csv, line 3/],
    ['minute,size\n2026-01-05 00:10:00,6\n2026-01-05 00:11:00,6\n', /no load/],
    ['ts,rps\n1767571800,10\n17675718300000,30\n', /years after/],
  ])('refuses %j with the place', (text, message) => {
    expect(() => readLoadSeries(text, 'load.csv')).toThrow(message);
  });
});
