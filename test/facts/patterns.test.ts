import { expect, test } from 'vitest';
import type { Pattern } from '../../src/domain/index.js';
import type { Measurement } from '../../src/facts/measure.js';
import { call, type Made, measured, select, served } from './made-spans.js';

const API = 'shop';
/** A little spread, so that some requests are slower than others. */
const spread = (i: number): number => (i * 7) % 10;

const patterns = (m: Measurement, kind: Pattern['kind']): Pattern[] =>
  (m.measured.telemetry?.patterns ?? []).filter((p) => p.kind === kind);
const claimed = (p: Pattern | undefined): number =>
  Object.entries(p?.facts ?? {}).reduce(
    (sum, [role, f]) => sum + (role.startsWith('claim:') ? f.value : 0),
    0,
  );

const lines = (n: number): Made[] =>
  Array.from({ length: n }, (_, k) =>
    select(API, `SELECT * FROM lines WHERE order_id = ${k} AND no = 1`, 2 + 6 * k, 5),
  );

test('one statement a row is an N+1, and claims what it costs beyond the one statement it replaced', async () => {
  const m = await measured({
    baseline: (i) =>
      served(API, 'GET /order', 20 + spread(i), [
        select(API, 'SELECT * FROM lines WHERE order_id = 7', 2, 8),
      ]),
    incident: (i) => served(API, 'GET /order', 80 + spread(i), lines(10)),
  });
  const [found] = patterns(m, 'n-plus-one');
  expect(found?.facts.repeats?.value).toBe(10);
  expect(found?.facts.baselineRepeats?.value).toBe(0);
  // Ten of 5 ms now, one of 8 ms before.
  expect(claimed(found)).toBeCloseTo(42, 6);
});

test('equal statements side by side are no N+1', async () => {
  const m = await measured({
    baseline: (i) => served(API, 'GET /order', 20 + spread(i), [select(API, 'SELECT 1 FROM lines', 2, 8)]),
    incident: (i) =>
      served(
        API,
        'GET /order',
        80 + spread(i),
        Array.from({ length: 10 }, (_, k) => select(API, `SELECT a FROM lines WHERE no = ${k}`, 2 + k, 60)),
      ),
  });
  expect(patterns(m, 'n-plus-one')).toEqual([]);
});

test('a call that is new carries all that happens on the other side of it', async () => {
  const coupon = call(API, 'http://coupons/apply', 5, 50, [
    served('coupons', 'POST /apply', 46, [select('coupons', 'SELECT 1 FROM c', 8, 30)], 7),
  ]);
  const m = await measured({
    baseline: (i) => served(API, 'POST /buy', 20 + spread(i)),
    incident: (i) => served(API, 'POST /buy', 70 + spread(i), [coupon]),
  });
  const [found] = patterns(m, 'new-call');
  expect(found?.subject.id).toBe('service:coupons');
  expect(claimed(found)).toBeCloseTo(50, 6);
});

test('a call that was made before as well is not new, however slow it became', async () => {
  const m = await measured({
    baseline: (i) => served(API, 'POST /buy', 30 + spread(i), [call(API, 'http://tax/quote', 5, 10)]),
    incident: (i) => served(API, 'POST /buy', 130 + spread(i), [call(API, 'http://tax/quote', 5, 110)]),
  });
  expect(patterns(m, 'new-call')).toEqual([]);
});

const acquire = (ms: number): Made => ({
  service: API,
  name: 'pg-pool.connect',
  kind: 'Client',
  at: 1,
  ms,
  attributes: {
    'db.system.name': 'postgresql',
    'db.namespace': 'shop',
    'server.address': 'db',
    'server.port': '5432',
  },
});

test('time until a connection is there is a wait for the pool, and says how long it is then held', async () => {
  const request = (wait: number) => (i: number) =>
    served(API, 'POST /buy', 30 + wait + spread(i), [
      acquire(wait),
      select(API, 'SELECT 1 FROM a', 2 + wait, 10),
      select(API, 'SELECT 1 FROM b', 13 + wait, 10),
    ]);
  const m = await measured({ baseline: request(0.1), incident: request(80) });
  const [found] = patterns(m, 'pool-wait');
  expect(found?.subject.kind).toBe('pool');
  expect(claimed(found)).toBeCloseTo(79.9, 6);
  expect(found?.facts.hold?.value).toBeCloseTo(22, 6);
  expect(found?.facts.busy?.value).toBeCloseTo(20, 6);
});

const redis = (statement: string, at: number): Made => ({
  service: API,
  name: statement.split(' ')[0] ?? '',
  kind: 'Client',
  at,
  ms: 1,
  attributes: { 'db.system': 'redis', 'db.statement': statement },
});

test('look-ups that are followed by reads of the database more often than before are misses, with their fill', async () => {
  const hit = (i: number): Made => served(API, 'GET /p', 10 + spread(i), [redis(`GET p:${i}`, 1)]);
  const miss = (i: number): Made =>
    served(API, 'GET /p', 40 + spread(i), [
      redis(`GET p:${i % 5}`, 1),
      select(API, 'SELECT * FROM p WHERE id = 1', 3, 30),
      redis(`SET p:${i % 5} x`, 34),
    ]);
  const m = await measured({ baseline: hit, incident: miss });
  const [found] = patterns(m, 'cache-miss');
  expect(found?.subject.id).toBe('cache:redis');
  expect(claimed(found)).toBeCloseTo(31, 6);
  expect(found?.facts.hitRatio?.value).toBe(0);
  expect(found?.facts.baselineHitRatio?.value).toBe(1);
  // Five keys are written sixty times.
  expect(found?.facts.repeatMisses?.value).toBeCloseTo(55 / 60, 6);
});

test('a statement each call of which takes longer is slow; one that is called more often is not', async () => {
  const m = await measured({
    baseline: (i) =>
      served(API, 'GET /s', 20 + spread(i), [select(API, 'SELECT * FROM t WHERE a = 1', 1, 10)]),
    incident: (i) =>
      served(API, 'GET /s', 220 + spread(i), [select(API, 'SELECT * FROM t WHERE a = 1', 1, 200)]),
  });
  const [found] = patterns(m, 'slow-statement');
  expect(found?.facts.duration?.value).toBeCloseTo(200, 6);
  expect(claimed(found)).toBeCloseTo(190, 6);
});

test('a failed call that is made again is a retry, and only the attempts in vain are claimed', async () => {
  const attempt = (at: number, failed: boolean): Made => ({
    ...call(API, 'http://tax/quote', at, 40),
    failed,
  });
  const m = await measured({
    baseline: (i) => served(API, 'POST /buy', 60 + spread(i), [attempt(2, false)]),
    incident: (i) =>
      served(API, 'POST /buy', 150 + spread(i), [attempt(2, true), attempt(45, true), attempt(90, false)]),
  });
  const [found] = patterns(m, 'retry');
  expect(found?.facts.retries?.value).toBe(2);
  expect(claimed(found)).toBeGreaterThan(70);
});

test('calls that end at a round time again and again, in requests that report success, are deadlines that ran out', async () => {
  const m = await measured({
    baseline: (i) => served(API, 'GET /x', 40 + spread(i), [call(API, 'http://rank/top', 2, 20)]),
    incident: (i) => served(API, 'GET /x', 520 + spread(i), [call(API, 'http://rank/top', 2, 501 + (i % 3))]),
  });
  expect(patterns(m, 'masked-timeout')[0]?.facts.timeout?.value).toBe(500);
});

const look = (key: string, i: number, load: number): Made =>
  served(API, 'GET /p', load + 12 + spread(i), [
    redis(`GET ${key}`, 1),
    select(API, 'SELECT * FROM p WHERE id = 1', 3, load),
    redis(`SET ${key} x`, 4 + load),
  ]);

test('loads of one key by several requests at once are a stampede; the first of them would have done', async () => {
  const m = await measured({
    baseline: (i) => look(`p:${i}`, i, 20),
    // A request comes every 50 ms: loads of 400 ms overlap eightfold.
    incident: (i) => look('p:hot', i, 400),
  });
  const [found] = patterns(m, 'stampede');
  expect(found?.subject.id).toBe('cache:redis');
  expect(found?.facts.concurrent?.value).toBeGreaterThanOrEqual(3);
  expect(found?.saving.value).toBeGreaterThan(250);
  expect(claimed(found)).toBeLessThanOrEqual(380 + 1);
});

test('loads of different keys, or of one key one after the other, are no stampede', async () => {
  for (const incident of [
    (i: number) => look(`p:${i}`, i, 400),
    (i: number) => look('p:hot', i, 30),
    (i: number) => look('?', i, 400),
  ]) {
    const m = await measured({ baseline: (i) => look(`p:${i}`, i, 20), incident });
    expect(patterns(m, 'stampede')).toEqual([]);
  }
});

const WORDS = ['name', 'price', 'stock', 'image', 'score', 'rates'];
const asked = (n: number, ms: number, work: number): Made[] =>
  Array.from({ length: n }, (_, k) =>
    call(API, `http://items/${WORDS[k % WORDS.length]}`, 1 + k * (ms + 0.1), ms, [
      served('items', `GET /${WORDS[k % WORDS.length]}`, work, [], 1 + k * (ms + 0.1) + (ms - work) / 2),
    ]),
  );

test('many small calls for different things are a chatty talk; what their ways cost could be saved', async () => {
  const m = await measured({
    baseline: (i) => served(API, 'GET /page', 20 + spread(i), asked(2, 5, 1)),
    incident: (i) => served(API, 'GET /page', 100 + spread(i), asked(18, 5, 1)),
  });
  const [found] = patterns(m, 'chatty');
  expect(found?.subject.id).toBe('service:items');
  expect(found?.facts.calls?.value).toBe(18);
  // Four of each five milliseconds are the way; one of eighteen stays.
  expect(found?.saving.value).toBeCloseTo(17 * 4, 1);
  expect(claimed(found)).toBeLessThanOrEqual(64 + 1);
  expect(claimed(found)).toBeGreaterThan(40);
});

test('few calls, a loop among them, one long call among short ones, and calls side by side are no chatty talk', async () => {
  const long = asked(12, 5, 1);
  const side = Array.from({ length: 18 }, (_, k) => ({
    ...call(API, `http://items/${WORDS[k % 6]}`, 2, 60),
  }));
  for (const children of [asked(6, 5, 1), [...long, call(API, 'http://items/all', 70, 120)], side]) {
    const m = await measured({
      baseline: (i) => served(API, 'GET /page', 20 + spread(i), asked(2, 5, 1)),
      incident: (i) => served(API, 'GET /page', 200 + spread(i), children),
    });
    expect(patterns(m, 'chatty')).toEqual([]);
  }
});

/** A request to a service that serves one at a time: it waits while an export of another caller is in service. */
const behind = (i: number, blockedEvery: number, wait: number, long: boolean): Made => {
  const isBlocked = i % blockedEvery === 0;
  const gap = isBlocked ? wait : 0;
  return served(API, 'GET /item', 12 + gap + spread(i) * 0.1, [
    {
      ...call(API, 'http://stock/item', 1, 6 + gap, [served('stock', 'GET /item', 5, [], 1.5 + gap)]),
    },
    // The export belongs to nobody's path: it only happens to be in service.
    ...(isBlocked && long
      ? [{ ...served('stock', 'POST /export', wait + 1, [], 1), kind: 'Server' as const, orphan: true }]
      : []),
  ]);
};

test('short requests that wait while a long one is in service stand in its queue', async () => {
  const m = await measured({
    requests: 240,
    baseline: (i) => behind(i, 1e9, 0, false),
    incident: (i) => behind(i, 3, 45, true),
  });
  const [found] = patterns(m, 'head-of-line');
  expect(found?.subject.id).toBe('service:stock');
  expect(found?.saving.value).toBeGreaterThan(40);
  expect(claimed(found)).toBeGreaterThan(40);
  expect(found?.facts.occupied?.value).toBeGreaterThan(0.7);
});

test('waits with nobody long in service are no head-of-line queue', async () => {
  const m = await measured({
    requests: 240,
    baseline: (i) => behind(i, 1e9, 0, false),
    incident: (i) => behind(i, 3, 45, false),
  });
  expect(patterns(m, 'head-of-line')).toEqual([]);
});
