import { describe, expect, it } from 'vitest';
import { type Context, type Fact, type Reading, subject } from '../../src/domain/index.js';
import { READINGS } from '../../src/readings/registry.js';
import { headlineOf, madeContext, part, plainReading, said } from './made-case.js';

const run = (id: string, context: Context): Reading[] =>
  READINGS.find((r) => r.id === id)?.read(context) ?? [];
const first = (id: string, context: Context): string => headlineOf(run(id, context)[0]);
const text = (id: string, context: Context): string =>
  run(id, context).map(plainReading).join('\n').replaceAll('\u202f', ' ');

const app = subject('system', 'feed');
const topic = subject('queue', 'events');
const worker = subject('service', 'loader');
const stream = (facts: Fact[]): Context =>
  madeContext({
    app,
    components: [part(topic, 'dependency'), part(worker, 'api', { roles: ['consumer'] })],
    facts,
  });

describe('backlogs', () => {
  it('grows by what arrives beyond what is finished', () => {
    const context = stream([
      said('queue.arrivalRate', topic, 500, '1/s'),
      said('queue.serviceRate', topic, 400, '1/s'),
      said('queue.depth', topic, 360_000, 'count'),
      said('workers', worker, 8, 'count'),
    ]);
    // 100/s behind, 360 000 an hour; 360 000 waiting are one hour of it; 8 × 500 ÷ 400 = 10 workers.
    expect(first('backlog-drain', context)).toBe(
      'events takes in 500/s and finishes 400/s: it falls behind by 100/s, 360 000 an hour, and never drains; 360 000 waiting are 60 min of that; keeping up alone takes 10 workers instead of 8.',
    );
  });

  it('drains in the time that the difference gives, and names a drain time that does not agree', () => {
    const input = 'lag takes 4 h to drain';
    const hours: Fact = {
      ...said('duration.stated', app, 14_400, 's'),
      from: [{ kind: 'input', input: 'performance_issues', start: 10, end: 13, text: '4 h' }],
    };
    const context = madeContext({
      app,
      inputs: { performance_issues: input },
      components: [part(topic, 'dependency')],
      facts: [
        said('queue.arrivalRate', topic, 300, '1/s', 'peak'),
        said('queue.arrivalRate', topic, 100, '1/s', 'steady'),
        said('queue.serviceRate', topic, 200, '1/s'),
        said('queue.depth', topic, 360_000, 'count'),
        hours,
      ],
    });
    const out = text('backlog-drain', context);
    expect(out).toContain('drains in 60 min once arrivals fall to 100/s');
    // 360 000 ÷ 14 400 s = 25/s net.
    expect(out).toContain('4 h was said: only 25/s net is drained');
  });

  it('names a lag longer than the backlog explains', () => {
    const context = stream([
      said('queue.arrivalRate', topic, 500, '1/s'),
      said('queue.serviceRate', topic, 1000, '1/s'),
      said('queue.depth', topic, 600_000, 'count'),
      said('queue.delay', topic, 3600, 's'),
    ]);
    // 600 000 ÷ 1 000/s = 600 s; 3 600 s is 6× that.
    expect(text('backlog-drain', context)).toContain('is a lag of 10 min, and 60 min was said, 6× that');
  });

  it('counts the consumers that partitions leave idle', () => {
    const context = stream([
      said('partitions', topic, 12, 'count'),
      said('workers', worker, 20, 'count'),
      said('queue.arrivalRate', topic, 1200, '1/s'),
    ]);
    expect(first('partition-parallelism', context)).toContain(
      '8 of 20 consumers of events have nothing to do: 12 partitions feed at most 12',
    );
  });

  it('finds consumers that can be added', () => {
    const context = stream([
      said('partitions', topic, 24, 'count'),
      said('workers', worker, 6, 'count'),
      said('queue.arrivalRate', topic, 3000, '1/s'),
      said('queue.serviceRate', topic, 2400, '1/s'),
    ]);
    // 400/s each, 7.5 needed of 24 possible.
    expect(first('partition-parallelism', context)).toBe(
      'events can take 24 consumers and has 6; 7.5 are needed for 3 000/s: adding consumers works here.',
    );
  });
});

describe('skew, locks, pools and retries', () => {
  it('puts a hot tenth and an even rest on one of four shards', () => {
    const store = subject('database', 'store');
    const context = madeContext({
      app,
      components: [part(store, 'database')],
      facts: [
        said('throughput', app, 1000, '1/s'),
        said('skew.share', store, 0.4, 'ratio'),
        said('shards', store, 4, 'count'),
      ],
    });
    // 0.4 + 0.6 ÷ 4 = 0.55, 2.2 × the even 25 %; usable 25 ÷ 55 = 45.5 %.
    expect(first('skew-ceiling', context)).toContain(
      'carries 55 %, 2.2× its even part, and is full when 45.5 % of the whole is used',
    );
  });

  it('gives the ceiling of a lock and the keys a rate needs', () => {
    const rows = subject('statement', 'seats', 'store');
    const sale = subject('operation', 'reserve', 'api');
    const context = madeContext({
      app,
      facts: [said('lock.hold.mean', rows, 50, 'ms'), said('throughput', sale, 400, '1/s', 'target')],
    });
    // 1 ÷ 0.05 s = 20/s; 400/s × 0.05 s = 20 keys.
    expect(first('lock-hold-ceiling', context)).toContain(
      'takes at most 20/s, whatever is added around it; 400/s needs at least 20 keys',
    );
  });

  it('multiplies instances, workers and pools against the server', () => {
    const web = subject('service', 'web');
    const db = subject('database', 'PostgreSQL');
    const context = madeContext({
      app,
      components: [part(web, 'api'), part(db, 'database', { product: 'postgresql' })],
      facts: [
        said('instances', web, 6, 'count'),
        said('workers', web, 4, 'count'),
        said('pool.limit', web, 10, 'count'),
      ],
    });
    expect(first('fleet-connections', context)).toContain(
      'may open 6 × 4 × 10 = 240 connections, and PostgreSQL allows 100 by default: 2.4× what it allows',
    );
  });

  it('finds connections that no known worker holds', () => {
    const web = subject('service', 'web');
    const db = subject('database', 'MySQL');
    const context = madeContext({
      app,
      components: [part(web, 'api'), part(db, 'database', { product: 'mysql' })],
      facts: [
        said('instances', web, 10, 'count'),
        said('workers', web, 5, 'count'),
        said('connections.used', db, 140, 'count'),
      ],
    });
    expect(first('fleet-connections', context)).toContain(
      'has 140 connections in use, and the 10 × 5 workers that were named can hold 50 with one each: 90 belong to something else',
    );
  });

  it('multiplies calls by attempts when all fail, and again with each tier', () => {
    const dep = subject('dependency', 'rates');
    const context = madeContext({
      app,
      components: [part(dep, 'dependency')],
      facts: [
        said('throughput', app, 100, '1/s'),
        said('retry.count', dep, 2, 'count'),
        said('timeout', dep, 1, 's'),
        said('latency.p99', app, 800, 'ms', 'target'),
      ],
    });
    expect(first('retry-amplification', context)).toBe(
      'When rates fails outright, retries send 3× the calls (up to 300/s at 100/s), and 9× if two tiers do it; running through all of them takes 3 000 ms, past the 800 ms target.',
    );
  });

  it('meets the tail of one of a hundred calls in 63 % of requests', () => {
    const context = madeContext({ app, facts: [said('fanout.count', app, 100, 'count')] });
    expect(first('fan-out-tail', context)).toContain(
      'With 100 parallel calls, 63 % of requests wait for at least one call slower than its p99',
    );
  });

  it('finds what an uneven fleet leaves unused', () => {
    const node = (n: string, v: number): Fact =>
      said('cpu.utilisation', subject('host', n, 'store'), v, 'ratio');
    const context = madeContext({ app, facts: [node('a', 0.9), node('b', 0.4), node('c', 0.5)] });
    // mean 60 %, busiest 90 %: 1.5×, usable 66.7 %.
    expect(first('uneven-nodes', context)).toContain(
      'it is full when 66.7 % of the whole is used, so balance is worth 1.5× capacity',
    );
  });

  it('counts shard copies that do not divide by the nodes', () => {
    const es = subject('search', 'index');
    const context = madeContext({
      app,
      components: [part(es, 'database')],
      facts: [
        said('shards', es, 12, 'count'),
        said('replicas', es, 1, 'count'),
        said('instances', es, 9, 'count'),
      ],
    });
    expect(first('placement-balance', context)).toContain(
      '24 shard copies of index do not divide by 9 nodes: 6 nodes carry 3, the others 2, so even with equal shards some work 13 % more',
    );
  });

  it('lets a pause own the p99 when it comes often enough', () => {
    const context = madeContext({
      app,
      facts: [
        said('throughput', app, 1000, '1/s'),
        said('gc.pause.mean', app, 500, 'ms'),
        said('latency.p99', app, 300, 'ms', 'target'),
      ],
    });
    expect(first('collector-pauses', context)).toBe(
      'A collection pause of 500 ms owns the p99 as soon as one comes every 50 s or more often, and each is longer than the whole target of 300 ms.',
    );
  });

  it('races new capacity against the ramp', () => {
    const context = madeContext({
      app,
      facts: [
        said('throughput', app, 100, '1/s', 'steady'),
        said('throughput', app, 900, '1/s', 'peak'),
        said('scaleout.delay', app, 300, 's'),
        said('burst.ramp', app, 60, 's'),
      ],
    });
    expect(first('scale-out-race', context)).toContain(
      'New capacity serves after 5 min, 5× the 60 s in which the load rises',
    );
  });

  it('finds a tail that is a time-out', () => {
    const dep = subject('dependency', 'rates');
    const context = madeContext({
      app,
      components: [part(dep, 'dependency')],
      facts: [
        said('latency.p99', app, 2010, 'ms'),
        said('latency.p50', app, 40, 'ms'),
        said('timeout', dep, 2, 's'),
      ],
    });
    expect(first('deadline-ladder', context)).toContain(
      'The p99 of 2 010 ms is the time-out of 2 s of rates',
    );
  });

  it('counts calls for each request against misses and writes', () => {
    const db = subject('database', 'db');
    const context = madeContext({
      app,
      components: [part(db, 'database')],
      facts: [said('throughput', app, 100, '1/s'), said('throughput', db, 2000, '1/s')],
    });
    expect(first('forced-flow', context)).toContain(
      'db sees 2 000/s while 100/s come in: 20× calls for each',
    );
  });

  it('fits a job into its window by rows a second', () => {
    const job = subject('operation', 'import', 'loader');
    const context = madeContext({
      app,
      facts: [
        said('batch.duration', job, 7200, 's'),
        said('batch.duration', job, 3600, 's', 'target'),
        said('rows.count', job, 7_200_000, 'count'),
      ],
    });
    expect(first('batch-window', context)).toContain(
      'import takes 2 h and has 60 min: 2× too long; 1 000/s is 1 ms for a row, and 2 000/s would fit',
    );
  });

  it('gives users a negative time between requests when the figures cannot agree', () => {
    const context = madeContext({
      app,
      facts: [
        said('users', app, 100, 'count'),
        said('throughput', app, 1000, '1/s'),
        said('latency.mean', app, 500, 'ms'),
      ],
    });
    expect(first('users-and-rate', context)).toContain('100 users who each wait 500 ms cannot make 1 000/s');
  });
});

describe('retries seen', () => {
  it('finds the failing share behind the calls for each request', () => {
    const dep = subject('dependency', 'limits');
    const words = 'limits: 3 attempts';
    const attempts: Fact = {
      ...said('retry.count', dep, 3, 'count'),
      from: [{ kind: 'input', input: 'recent_changes', start: 8, end: 18, text: '3 attempts' }],
    };
    const context = madeContext({
      app,
      inputs: { recent_changes: words },
      components: [part(dep, 'dependency')],
      facts: [attempts, said('retry.factor', dep, 1.75, 'factor'), said('errors.ratio', app, 0.01, 'ratio')],
    });
    // 1 + f + f² = 1.75 at f = 0.5.
    expect(text('retry-amplification', context)).toContain(
      '1.75× calls to limits for each request mean that 50 % of calls fail or run out of time, while only 1 % of requests end in an error',
    );
  });
});

describe('a drain time asked for', () => {
  it('gives the pace that is missing, alone and with the load grown', () => {
    const context = madeContext({
      app,
      components: [part(topic, 'dependency')],
      facts: [
        said('drain.duration', topic, 10_800, 's'),
        said('queue.delay', topic, 3600, 's', 'target'),
        said('queue.serviceRate', topic, 25, '1/s'),
        said('throughput', app, 100, '1/s', 'peak'),
        said('throughput', app, 400, '1/s', 'target'),
      ],
    });
    // 3 h into 1 h: 3×, 75/s; with 4× the load 12×; 25/s × 3 600 s = 90 000.
    expect(text('backlog-drain', context)).toContain(
      'took 3 h to clear has to clear in 60 min: 3× the pace (75/s instead of 25/s) for the same amount, and 12× if it grows with the load (4×); at 25/s, 60 min finishes 90 000.',
    );
  });
});
