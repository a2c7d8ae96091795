import { describe, expect, it } from 'vitest';
import { type Context, plain, type Reading, subject } from '../../src/domain/index.js';
import { READINGS } from '../../src/readings/registry.js';
import { headlineOf, madeContext, part, plainReading, said } from './made-case.js';
import { ticketShop } from './shops.js';

const run = (id: string, context: Context): Reading[] =>
  READINGS.find((r) => r.id === id)?.read(context) ?? [];
const first = (id: string, context: Context): string => headlineOf(run(id, context)[0]);
const text = (id: string, context: Context): string =>
  run(id, context).map(plainReading).join('\n').replaceAll('\u202f', ' ');

// The ticket shop by hand: reads 80 % × misses 25 % = 20 % of 1 000, 4 000, 5 000/s = 200, 800, 1 000/s; × 0.1 s = 20, 80, 100.
describe('readings of rates', () => {
  it('counts busy connections from misses and statement time, and meets the default limit exactly', () => {
    const out = text('busy-connections', ticketShop());
    expect(out).toContain('20 at 1 000/s, 80 at 4 000/s, 100 at 5 000/s');
    expect(out).toContain('all within the default limit of 100');
  });

  it('names the load at which a limit is met when it lies between the loads', () => {
    // 120 connections at 6 000/s; 100 are met at 5 000/s.
    const shop = ticketShop(1.2);
    expect(first('busy-connections', shop)).toContain('the default limit of 100 is met at 5 000/s');
    expect(run('busy-connections', shop)[0]?.bearings.map((b) => b.hypothesis)).toContain('connection-limit');
  });

  it('prices a call inside a transaction per millisecond: 800 writes/s hold 0.8 connections', () => {
    expect(first('call-while-holding', ticketShop())).toContain(
      'each millisecond of it costs 0.8 connections of PostgreSQL at 4 000/s; a call of 125 ms alone uses up the default limit of 100',
    );
  });

  it('takes 80 % at 4 000/s to 100 % at 5 000/s', () => {
    const out = text('utilisation-at-target', ticketShop());
    expect(out).toContain('CPU at 80 % under 4 000/s becomes 100 % under 5 000/s');
    expect(out).toContain('1.54× capacity or 35 % less work a request');
  });

  it('orders the walls: CPU at 5 000/s and connections at 5 000/s at scale one', () => {
    const shop = ticketShop(1.2);
    // Scale 1.2: CPU full at 6 000/s, connections at 5 000/s, target 6 000/s.
    expect(first('limits-in-order', shop)).toMatch(
      /^As the load rises, the first wall is the 100 connections of PostgreSQL \(by seat lookup alone\), at 5 000\/s/,
    );
  });

  it('gives what a cost limit allows always on and by the hour', () => {
    // Growth 1 / 0.65 = 1.538; 15 % ÷ 53.8 % = 27.9 % of the bill; × 168 h = 46.8 h.
    expect(first('cost-of-scaling', ticketShop())).toContain(
      'at most 28 % of the bill; rented by the hour, even the whole bill’s worth of it can run 47 hours a week',
    );
  });

  it('says nothing of what was not said', () => {
    const empty = madeContext({});
    expect(READINGS.flatMap((r) => r.read(empty))).toEqual([]);
  });
});

describe('readings of percentiles', () => {
  it('foretells p99 from p50 and p95', () => {
    // sigma = ln 5 / 1.6449 = 0.9785; p99 = 100 × exp(0.9785 × 2.3263) = 974 ms.
    expect(text('percentile-shape', ticketShop())).toContain('p99 | 2 000 ms | 974 ms');
    expect(first('percentile-shape', ticketShop())).toContain('2.1× that');
  });

  it('finds that the median should be a hit, and from how many look-ups it is not', () => {
    const out = text('fast-path-median', ticketShop());
    expect(out).toContain('80 % reads × 75 % = 60 % of requests');
    expect(out).toContain('2 | 45 % | a miss');
  });

  it('lets a fifth of the requests own p95', () => {
    expect(first('share-test', ticketShop())).toContain(
      'the slowest 5 % of all requests are as many as 25 % of it',
    );
  });

  it('lets 1.4 % own p99 and not p95', () => {
    const app = subject('system', 'shop');
    const out = text(
      'share-test',
      madeContext({
        app,
        facts: [
          said('latency.p50', app, 50, 'ms'),
          said('latency.p95', app, 200, 'ms'),
          said('latency.p99', app, 900, 'ms'),
          said('timeouts.ratio', app, 0.014, 'ratio'),
        ],
      }),
    );
    expect(out).toContain('At 1.4 % of requests, requests that time out can own p99 alone');
    expect(out).toContain('too few for p95');
  });

  it('burns a latency budget by the share above the target', () => {
    // ln(600/500) ÷ ln(2000/500) = 0.1315; z = 1.6449 + 0.1315 × 0.6814 = 1.7345; 1 − Φ = 4.14 %.
    expect(first('error-budget', ticketShop())).toContain(
      'About 4.1 % of requests take longer than 600 ms against 1 % allowed',
    );
  });

  it('splits the latency target: 600 − 400 − 60 = 140 ms for the added call', () => {
    expect(first('latency-budget', ticketShop())).toContain('leaves voucher service at most 140 ms');
  });
});

describe('what cannot all be true', () => {
  const app = subject('system', 'shop');
  const clash = (facts: Parameters<typeof madeContext>[0]['facts']): string =>
    text('contradictions', madeContext({ app, facts: facts ?? [] }));

  it('names percentiles out of order', () => {
    expect(clash([said('latency.p50', app, 900, 'ms'), said('latency.p95', app, 600, 'ms')])).toContain(
      'p50 900 ms and p95 600 ms cannot both hold',
    );
  });
  it('names a steady rate above the peak', () => {
    expect(
      clash([said('throughput', app, 900, '1/s', 'steady'), said('throughput', app, 600, '1/s', 'peak')]),
    ).toContain('steady rate of 900/s above a peak of 600/s');
  });
  it('names use above its limit', () => {
    const db = subject('database', 'db');
    expect(
      clash([said('connections.used', db, 300, 'count'), said('connections.limit', db, 200, 'count')]),
    ).toContain('300 connections in use of db against a limit of 200');
  });
  it('names a ratio above one', () => {
    expect(clash([said('cache.hitRatio', app, 1.4, 'ratio')])).toContain('140 %');
  });
  it('stays silent on a case in order', () => {
    expect(text('contradictions', ticketShop())).toBe('');
  });
});

describe('readings of one service’s threads', () => {
  it('gives each request the time that its thread can be held', () => {
    const app = subject('system', 'site');
    const web = subject('service', 'web');
    const context = madeContext({
      app,
      components: [part(web, 'api')],
      facts: [
        said('throughput', app, 1000, '1/s', 'peak'),
        said('latency.mean', app, 400, 'ms'),
        said('instances', web, 10, 'count'),
        said('workers', web, 20, 'count'),
      ],
    });
    // 1 000/s × 0.4 s = 400 in flight; 10 × 20 = 200 threads; 200 ÷ 1 000/s = 200 ms each.
    expect(first('requests-in-flight', context)).toBe(
      '1 000/s at a mean of 400 ms is 400 requests in flight, and 10 instances of web with 20 each serve 200: a request may hold one for 200 ms at most, so the rest of the time is spent waiting for one.',
    );
    expect(plain(run('requests-in-flight', context)[0]?.bearings[0]?.because ?? [])).toContain(
      'against 200 threads',
    );
  });
});
