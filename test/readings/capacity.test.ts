import { describe, expect, it } from 'vitest';
import {
  type Change,
  type Context,
  type Fact,
  type KnowledgeIndex,
  known,
  type Reading,
  type Symptom,
  subject,
} from '../../src/domain/index.js';
import { daysAgo } from '../../src/readings/change-fit.js';
import { READINGS } from '../../src/readings/registry.js';
import { headlineOf, KNOWN, madeContext, PLACE, part, plainReading, said } from './made-case.js';

const run = (id: string, context: Context): Reading[] =>
  READINGS.find((r) => r.id === id)?.read(context) ?? [];
const first = (id: string, context: Context): string => headlineOf(run(id, context)[0]);
const text = (id: string, context: Context): string =>
  run(id, context).map(plainReading).join('\n').replaceAll('\u202f', ' ');

const app = subject('system', 'shop');
const api = subject('service', 'api');
const inInput = (fact: Fact, words: string, figure: string): Fact => ({
  ...fact,
  from: [
    {
      kind: 'input',
      input: 'workload',
      start: words.indexOf(figure),
      end: words.indexOf(figure) + figure.length,
      text: figure,
    },
  ],
});
const symptom = (kind: Symptom['kind'], condition?: string): Symptom => ({
  kind,
  facts: [],
  place: PLACE,
  ...(condition ? { condition } : {}),
});
const change = (summary: string, mechanisms: Change['mechanisms'], when?: string): Change => ({
  subject: subject('change', summary),
  summary,
  mechanisms,
  touches: [],
  origin: 'stated',
  ...(when ? { when } : {}),
});

describe('headroom', () => {
  it('says when the queue alone breaks the target once load is over capacity', () => {
    const context = madeContext({
      app,
      traits: [{ trait: 'bursty', place: PLACE }],
      facts: [
        said('throughput', app, 900, '1/s', 'peak'),
        said('throughput', app, 1500, '1/s', 'target'),
        said('cpu.utilisation', app, 0.9, 'ratio', 'peak'),
        said('latency.p99', app, 500, 'ms', 'target'),
      ],
    });
    // Full at 1 000/s; 500/s over; 0.5 s × 1 000 ÷ 500 = 1 s.
    expect(first('scale-out-race', context)).toContain(
      'today’s capacity of 1 000/s falls behind by 500/s: 1 s after the load arrives, the wait in the queue alone is 500 ms',
    );
  });

  it('multiplies every stated use by an announced event', () => {
    const db = subject('database', 'db');
    const context = madeContext({
      app,
      components: [part(db, 'database')],
      facts: [
        said('throughput', app, 100, '1/s'),
        said('throughput', app, 400, '1/s', 'planned'),
        said('cpu.utilisation', db, 0.5, 'ratio'),
        said('disk.utilisation', db, 0.2, 'ratio'),
      ],
    });
    expect(first('event-headroom', context)).toBe(
      '4× today’s load does not fit one of the stated limits: CPU of db at 50 % would be 200 % and has room for 2×.',
    );
  });

  it('counts periods of growth until a resource is full', () => {
    const context = madeContext({
      app,
      facts: [said('growth.ratio', app, 0.5, 'ratio'), said('disk.utilisation', app, 0.4, 'ratio')],
    });
    // ln(0.65 ÷ 0.4) ÷ ln 1.5 = 1.2; ln(1 ÷ 0.4) ÷ ln 1.5 = 2.26.
    expect(first('growth-horizon', context)).toContain('after 1.2 periods and is full after 2.3');
  });

  it('gives the share of requests that a quota lets through', () => {
    const bank = subject('dependency', 'bank');
    const words = 'bank API, rate limit 50 req/s';
    const context = madeContext({
      app,
      inputs: { workload: words },
      components: [part(bank, 'dependency')],
      facts: [
        said('throughput', app, 1000, '1/s', 'peak'),
        inInput(said('throughput', bank, 50, '1/s'), words, '50 req/s'),
        said('latency.mean', bank, 900, 'ms'),
      ],
    });
    // 50 ÷ 1 000 = 5 %; 50/s × 0.9 s = 45 at once.
    expect(first('quota-reach', context)).toBe(
      'bank allows 50/s: at 1 000/s only 5 % of requests may call it, and what is over is refused or waits, whatever is scaled here; at 900 ms a call, 45 requests at once are held by it.',
    );
  });

  it('does not take the rate of a dependency for a quota', () => {
    const bank = subject('dependency', 'bank');
    const words = 'bank API sees 50 req/s';
    const context = madeContext({
      app,
      inputs: { workload: words },
      components: [part(bank, 'dependency')],
      facts: [
        said('throughput', app, 1000, '1/s'),
        inInput(said('throughput', bank, 50, '1/s'), words, '50 req/s'),
      ],
    });
    expect(run('quota-reach', context)).toEqual([]);
  });

  it('turns users who poll into a rate', () => {
    const words = 'users poll availability every 5 s';
    const context = madeContext({
      app,
      inputs: { workload: words },
      facts: [
        said('users', app, 100_000, 'count'),
        inInput(said('duration.stated', app, 5, 's'), words, '5 s'),
        said('throughput', app, 4000, '1/s', 'target'),
      ],
    });
    expect(first('polling-load', context)).toContain(
      '100 000 users who ask again every 5 s bring 20 000/s by that alone, 5× the 4 000/s planned for: that rate holds 20 000 of them at once',
    );
  });

  it('binds the edge to its origin', () => {
    const edge = subject('cdn', 'edge');
    const context = madeContext({
      app,
      components: [part(edge, 'client'), part(api, 'api')],
      facts: [
        said('cache.hitRatio', edge, 0.6, 'ratio'),
        said('throughput', edge, 10_000, '1/s', 'target'),
        said('throughput', api, 2000, '1/s', 'target'),
      ],
    });
    // 10 000 × 0.4 = 4 000, twice the 2 000; 80 % would be needed.
    expect(first('edge-and-origin', context)).toContain(
      'lets 4 000/s through, 2× the 2 000/s that api is to serve: that takes 80 % at the edge',
    );
  });

  it('finds the share of a chatty route that explains all statements', () => {
    const db = subject('database', 'db');
    const route = subject('operation', 'history page', 'api');
    const context = madeContext({
      app,
      components: [part(db, 'database')],
      facts: [
        said('throughput', app, 1000, '1/s'),
        said('throughput', db, 20_000, '1/s'),
        said('calls.perRequest', route, 200, 'count'),
      ],
    });
    // 20 000 ÷ 200 = 100 a second = 10 % of 1 000; 20 calls for each request on average.
    expect(first('statement-share', context)).toContain(
      'history page at 200 calls a request needs only 10 % of the traffic (100 a second) to make all 20 000/s that db sees, which is 20× calls for each request at 1 000/s',
    );
  });

  it('reads a quota stop against a calm mean', () => {
    const context = madeContext({
      app,
      components: [part(api, 'api')],
      facts: [said('cpu.throttled', api, 0.3, 'ratio'), said('cpu.utilisation', api, 0.4, 'ratio')],
    });
    expect(first('throttled-quota', context)).toContain(
      '30 % of the scheduling periods of api end in a stop by the CPU quota while its CPU is only 40 % busy',
    );
  });

  it('reads a nearly full heap', () => {
    const context = madeContext({
      app,
      facts: [said('heap.used', app, 4.5e9, 'bytes'), said('heap.limit', app, 5e9, 'bytes')],
    });
    // 10 % free against 50 %: five times as often.
    expect(first('heap-headroom', context)).toContain(
      'With 90 % of the heap in use, 10 % is left to allocate in before the next collection: collections come 5× as often',
    );
  });
});

describe('changes', () => {
  it('tells what each change can and cannot bring about', () => {
    const context = madeContext({
      app,
      symptoms: [symptom('cpu-saturation'), symptom('tail-latency')],
      changes: [change('pool of five', ['pool-change']), change('new mapper', ['orm-upgrade'])],
      facts: [
        said('latency.p99', app, 900, 'ms', 'incident'),
        said('latency.p99', app, 300, 'ms', 'baseline'),
      ],
    });
    expect(first('change-timing', context)).toBe(
      '“new mapper” can have brought about all that is seen; “pool of five” can have brought about slow tail but not busy CPU; what was said does not tell them apart.',
    );
    expect(text('factorial-experiment', context)).toContain('D | a + b | p99 about 900 ms, else the test');
  });

  it('clears a change whose mechanism brings none of it about', () => {
    const context = madeContext({
      app,
      symptoms: [symptom('gc-pauses')],
      changes: [change('TTL halved', ['cache-change']), change('new collector flags', ['config-change'])],
    });
    expect(first('change-timing', context)).toBe(
      '“new collector flags” can have brought about all that is seen; “TTL halved” cannot, or came at another time.',
    );
  });

  it('compares weekdays of onset and change', () => {
    const context = madeContext({
      app,
      symptoms: [symptom('tail-latency', 'since Tuesday')],
      changes: [
        change('call added', ['call-added'], 'on Tuesday'),
        change('pool changed', ['pool-change'], 'on Friday'),
      ],
    });
    expect(first('change-timing', context)).toContain('“pool changed” cannot, or came at another time');
  });

  it('understands how long ago', () => {
    expect(daysAgo('two weeks ago')?.from).toBeCloseTo(18.2);
    expect(daysAgo('12 days ago')?.to).toBeCloseTo(8.4);
    expect(daysAgo('on Tuesday')?.day).toBe('tuesday');
    expect(daysAgo('with the release')).toBeUndefined();
  });

  it('offers one switch for one change, and eight runs for three', () => {
    const facts = [
      said('latency.p99', app, 900, 'ms', 'incident'),
      said('latency.p99', app, 300, 'ms', 'baseline'),
    ];
    const three = ['a', 'b', 'c'].map((n) => change(n, ['code-change']));
    expect(first('factorial-experiment', madeContext({ app, facts, changes: three.slice(0, 1) }))).toContain(
      'One switch decides: p99 with and without “a”; without it 300 ms is to be expected if it is the cause',
    );
    expect(first('factorial-experiment', madeContext({ app, facts, changes: three }))).toContain(
      '8 runs separate the 3 changes',
    );
  });
});

describe('targets', () => {
  it('says whether the state of before would be enough', () => {
    const facts = (before: number): Fact[] => [
      said('latency.p99', app, 900, 'ms', 'incident'),
      said('latency.p99', app, before, 'ms', 'baseline'),
      said('latency.p99', app, 500, 'ms', 'target'),
    ];
    expect(first('target-gap', madeContext({ app, facts: facts(300) }))).toContain(
      'going back to the 300 ms of before would meet it with 200 ms to spare',
    );
    expect(first('target-gap', madeContext({ app, facts: facts(600) }))).toContain(
      'even the 600 ms of before would miss it',
    );
  });

  it('compares ratios near one by what they lack', () => {
    const facts = [
      said('availability.ratio', app, 0.99, 'ratio'),
      said('availability.ratio', app, 0.999, 'ratio', 'target'),
    ];
    expect(text('target-gap', madeContext({ app, facts }))).toMatch(
      /availability \| — \| 99 % \| 99\.9 % \| 10×/,
    );
  });

  it('names a part that alone takes more than the target', () => {
    const bank = subject('dependency', 'bank');
    const context = madeContext({
      app,
      components: [part(bank, 'dependency')],
      facts: [
        said('latency.p99', app, 900, 'ms'),
        said('latency.p99', app, 500, 'ms', 'target'),
        said('latency.p99', bank, 650, 'ms'),
      ],
    });
    expect(first('latency-budget', context)).toBe(
      'bank alone takes 650 ms (p99), more than the whole p99 target of 500 ms: it must leave the request’s path or become faster before anything else can count.',
    );
  });
});

describe('provisioned stores', () => {
  const table = subject('database', 'table');
  const knowledge: KnowledgeIndex = {
    ...KNOWN,
    fact: (product, key) => {
      const value = ({ 'partition.writeLimit': 1000, 'capacity.writeUnit': 1024 } as Record<string, number>)[
        key
      ];
      return product === 'store' && value !== undefined
        ? known(
            { name: key, subject: table, value, unit: key.endsWith('writeUnit') ? 'bytes' : 'count' },
            'store documentation',
            '2025-01-01',
          )
        : undefined;
    },
  };
  it('meets the ceiling of one partition long before that of the table', () => {
    const writes = subject('class', 'postings');
    const context = madeContext(
      {
        app,
        inputs: { workload: 'one account receives 40% of the postings' },
        components: [part(table, 'database', { product: 'store' })],
        classes: [{ subject: writes, kind: 'write' }],
        facts: [
          said('throughput', app, 10_000, '1/s', 'peak'),
          said('mix.share', writes, 0.2, 'ratio'),
          inInput(said('skew.share', app, 0.4, 'ratio'), 'one account receives 40% of the postings', '40%'),
          said('payload.mean', app, 1100, 'bytes'),
        ],
      },
      knowledge,
    );
    // 10 000 × 20 % × 40 % = 800/s; 1 100 bytes are two units, so a partition takes 500/s.
    expect(first('partition-limit', context)).toContain(
      'gets 800/s at 10 000/s (40 % of its kind), 1.6× the 500/s that one partition takes at 2 write units for 1.1 KB',
    );
    expect(text('partition-limit', context)).toContain('trimming it saves 50 % of all write units');
    expect(text('skew-ceiling', context)).toContain('40 % of postings falls on the hottest few');
  });
});

describe('parts against what they may be', () => {
  it('finds that no allowed size carries the target', () => {
    const db = subject('database', 'db');
    const context = madeContext({
      app,
      components: [part(db, 'database')],
      facts: [
        said('throughput', app, 1000, '1/s', 'peak'),
        said('throughput', app, 4000, '1/s', 'target'),
        said('cpu.utilisation', db, 0.5, 'ratio', 'peak'),
        said('cpu.cores', db, 16, 'cores'),
        said('cpu.cores', db, 24, 'cores', 'any', { comparator: '<=' }),
      ],
    });
    // 16 × 0.5 × 4 = 32 cores at full use; 24 are full at 1 000 × 24 ÷ 8 = 3 000/s.
    expect(first('size-cap', context)).toContain(
      'No allowed size of db carries the target: 4 000/s need 32 cores at full use (49 cores at 65 %), and 24 cores is the most; it is full at 3 000/s',
    );
  });

  it('tells an added call that takes more than is left for it', () => {
    const bank = subject('dependency', 'bank');
    const context = madeContext({
      app,
      components: [part(bank, 'dependency')],
      changes: [{ ...change('bank call', ['call-added']), touches: [bank.id] }],
      facts: [
        said('latency.p99', app, 900, 'ms', 'incident'),
        said('latency.p99', app, 300, 'ms', 'baseline'),
        said('latency.p99', app, 500, 'ms', 'target'),
        said('latency.p99', bank, 400, 'ms'),
      ],
    });
    // 500 − 300 − 50 = 150 ms are left; 400 ms are 250 too much.
    expect(first('latency-budget', context)).toContain('leaves bank at most 150 ms');
    expect(first('latency-budget', context)).toContain('it takes 400 ms (p99), 250 ms too much');
  });

  it('finds a cache that answers less than the hottest few would give it', () => {
    const cache = subject('cache', 'cache');
    const keys = subject('keyspace', 'query');
    const context = madeContext({
      app,
      components: [part(cache, 'cache')],
      facts: [
        said('throughput', app, 1000, '1/s'),
        said('cache.hitRatio', cache, 0.3, 'ratio'),
        said('skew.share', keys, 0.5, 'ratio'),
        said('skew.members', keys, 0.02, 'ratio'),
      ],
    });
    expect(first('cacheable-skew', context)).toContain(
      'The hottest 2 % make 50 % of the traffic, so a cache that held nothing else would answer 50 %; cache answers 30 %',
    );
    expect(first('cacheable-skew', context)).toContain('200/s off what stands behind it');
  });

  it('bounds slow calls by the connections there are', () => {
    const db = subject('database', 'db');
    const context = madeContext({
      app,
      components: [part(db, 'database')],
      facts: [
        said('throughput', app, 500, '1/s'),
        said('throughput', db, 10_000, '1/s'),
        said('latency.mean', db, 500, 'ms'),
        said('connections.limit', db, 1000, 'count'),
        said('connections.used', db, 800, 'count'),
      ],
    });
    // 1 000 ÷ 0.5 s = 2 000/s = 20 % of 10 000/s; 800 ÷ 10 000/s = 80 ms.
    expect(first('busy-connections', context)).toContain(
      'Calls of 500 ms are at most 20 % of what db does: 800 connections at 10 000/s leave a call 80 ms on average',
    );
  });

  it('compares some busy nodes with the rest', () => {
    const store = subject('search', 'index');
    const context = madeContext({
      app,
      components: [part(store, 'database')],
      facts: [
        said('cpu.utilisation', store, 0.6, 'ratio'),
        said('cpu.utilisation', subject('host', 'two nodes', 'index'), 0.9, 'ratio'),
      ],
    });
    expect(first('uneven-nodes', context)).toContain(
      'Some nodes of index are at 90 % CPU and the others at 60 %: index is full when 67 % of it is used',
    );
  });
});
