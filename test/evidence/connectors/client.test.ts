import { afterEach, describe, expect, test } from 'vitest';
import { createBudget, DEFAULT_LIMITS, type Limits } from '../../../src/evidence/connectors/live/budget.js';
import { AskFault } from '../../../src/evidence/connectors/live/fault.js';
import {
  backoffMs,
  type Client,
  createClient,
  hiding,
  wordsOf,
} from '../../../src/evidence/connectors/live/http.js';
import { createPace, retryAfterMs } from '../../../src/evidence/connectors/live/pace.js';
import { seededRandom } from '../../../src/models/random.js';
import { quickClock } from './collecting.js';
import { type Fake, fakeServer, type Reply, type Seen } from './fake.js';

let fake: Fake;
afterEach(() => fake?.close());

async function client(answer: (r: Seen, n: number) => Reply, limits: Partial<Limits> = {}, headers = {}) {
  let n = 0;
  fake = await fakeServer((r) => answer(r, ++n));
  const clock = quickClock();
  const stop = new AbortController();
  const all = { ...DEFAULT_LIMITS, perSecond: 1000, ...limits };
  const budget = createBudget(all, clock);
  const made: Client = createClient({
    base: new URL(`${fake.url}/base/`),
    headers,
    secrets: ['s3cr3t-token'],
    limits: all,
    budget,
    pace: createPace(all.perSecond, clock),
    clock,
    random: seededRandom(1),
    signal: stop.signal,
  });
  return { client: made, clock, stop, budget };
}
const faultOf = async (work: Promise<unknown>): Promise<AskFault> => {
  const error = await work.then(
    () => undefined,
    (e: unknown) => e,
  );
  if (!(error instanceof AskFault)) throw new Error(`no fault: ${String(error)}`);
  return error;
};

test('a path lies below the path of the address', async () => {
  const { client: c } = await client(() => ({ body: {} }));
  await c.ask({
    path: '/api',
    parameters: [
      ['q', 'a b'],
      ['q', 'c'],
    ],
  });
  expect(fake.seen[0]?.path).toBe('/base/api');
  expect(fake.seen[0]?.parameters.getAll('q')).toEqual(['a b', 'c']);
});

describe('a server that is busy', () => {
  test('is waited for as long as Retry-After says, in seconds', async () => {
    const { client: c, clock } = await client((_, n) =>
      n === 1 ? { status: 429, headers: { 'retry-after': '7' } } : { body: { ok: 1 } },
    );
    await c.ask({ path: '/' });
    expect(Math.max(...clock.sleptMs)).toBeGreaterThanOrEqual(6900);
  });

  test('is waited for until the date of Retry-After', () => {
    const clock = quickClock();
    const headers = new Headers({ 'retry-after': new Date(clock.nowMs() + 90_000).toUTCString() });
    expect(retryAfterMs(headers, clock)).toBe(90_000);
  });

  test('that answers 429 with an empty body is tried again later and later, never at the same moment as others', async () => {
    const { client: c, clock } = await client(() => ({ status: 429 }));
    const fault = await faultOf(c.ask({ path: '/' }));
    expect([fault.kind, fault.what]).toEqual(['rate-limited', 'it answered 429']);
    const waits = clock.sleptMs.filter((m) => m > 100);
    expect(waits).toHaveLength(4);
    expect([...waits].sort((a, b) => a - b)).toEqual(waits);
    expect(backoffMs(3, () => 0)).not.toBe(backoffMs(3, () => 0.9));
  });

  test('is never asked more than its headers leave: x-ratelimit-remaining and -reset', async () => {
    const { client: c, clock } = await client((_, n) => ({
      body: {},
      headers: {
        'x-ratelimit-limit': '3',
        'x-ratelimit-period': '60',
        'x-ratelimit-remaining': String(Math.max(0, 3 - n)),
        'x-ratelimit-reset': '60',
      },
    }));
    const start = clock.nowMs();
    for (let i = 0; i < 3; i++) await c.ask({ path: '/' });
    await c.ask({ path: '/' });
    expect(clock.nowMs() - start).toBeGreaterThan(60_000);
  });

  test('takes an epoch in x-ratelimit-reset for a time of day', async () => {
    const clock = quickClock();
    const pace = createPace(1000, clock);
    pace.learn(
      new Headers({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(clock.nowMs() / 1000 + 30) }),
    );
    const start = clock.nowMs();
    await pace.turn(new AbortController().signal);
    expect(clock.nowMs() - start).toBe(30_000);
  });

  test('is asked at the pace of the limits', async () => {
    const { client: c, clock } = await client(() => ({ body: {} }), { perSecond: 2 });
    const start = clock.nowMs();
    await Promise.all(Array.from({ length: 5 }, () => c.ask({ path: '/' })));
    expect(clock.nowMs() - start).toBeGreaterThanOrEqual(2000);
  });
});

describe('a budget', () => {
  test('of calls ends with a fault that names it', async () => {
    const { client: c } = await client(() => ({ body: {} }), { calls: 2 });
    await c.ask({ path: '/' });
    await c.ask({ path: '/' });
    expect(await faultOf(c.ask({ path: '/' }))).toMatchObject({
      kind: 'spent',
      what: 'its limit of 2 calls is reached',
    });
  });

  test('of bytes counts what came', async () => {
    const { client: c } = await client(() => ({ body: 'x'.repeat(600) }), { bytes: 1000 });
    await c.ask({ path: '/' });
    await c.ask({ path: '/' });
    expect(await faultOf(c.ask({ path: '/' }))).toMatchObject({
      kind: 'spent',
      what: 'its limit of 1000 bytes is reached',
    });
  });

  test('of time counts waiting, too', async () => {
    const { client: c } = await client(() => ({ status: 503, headers: { 'retry-after': '700' } }), {
      seconds: 600,
    });
    expect((await faultOf(c.ask({ path: '/' }))).kind).toBe('unavailable');
  });
});

describe('an answer', () => {
  test('that is larger than the limit is not read to its end', async () => {
    const { client: c, budget } = await client(() => ({ body: 'x'.repeat(5_000_000) }), {
      answerBytes: 100_000,
    });
    expect((await faultOf(c.ask({ path: '/' }))).kind).toBe('too-large');
    expect(budget.used().bytes).toBeLessThan(2_000_000);
  });

  test('that breaks off is asked for again', async () => {
    const { client: c } = await client((_, n) =>
      n === 1 ? { body: { a: 'x'.repeat(5000) }, cut: true } : { body: { ok: 1 } },
    );
    expect(await c.json({ path: '/' })).toEqual({ ok: 1 });
  });

  test('that is a page of HTML is named as one', async () => {
    const { client: c } = await client(() => ({
      body: '<html>login</html>',
      headers: { 'content-type': 'text/html' },
    }));
    expect((await faultOf(c.json({ path: '/' }))).what).toBe('the answer is no JSON (text/html)');
  });

  test('that redirects to another host is not followed, and the credential stays here', async () => {
    const other = await fakeServer(() => ({ body: {} }));
    const { client: c } = await client(
      () => ({ status: 302, headers: { location: `${other.url}/x` } }),
      {},
      { authorization: 'Bearer s3cr3t-token' },
    );
    const fault = await faultOf(c.ask({ path: '/' }));
    expect(fault.kind).toBe('moved');
    expect(other.seen).toHaveLength(0);
    await other.close();
  });

  test('that redirects on its own host is followed a few times', async () => {
    const { client: c } = await client((r) =>
      r.path.endsWith('/new') ? { body: { ok: 1 } } : { status: 301, headers: { location: '/new' } },
    );
    expect(await c.json({ path: '/old' })).toEqual({ ok: 1 });
  });

  test('tells its error in the words of its body, without the credential', async () => {
    const { client: c } = await client(() => ({
      status: 400,
      body: { errors: [{ title: 'Generic', detail: 'token s3cr3t-token is odd' }] },
    }));
    expect((await faultOf(c.ask({ path: '/' }))).what).toBe(
      'it answered 400: token ‹credential› is odd; Generic',
    );
  });
});

test('words of errors are found in the forms that APIs use', () => {
  expect(wordsOf('{"errors":["Forbidden"]}')).toBe('Forbidden');
  expect(wordsOf('{"errors":[{"title":"Generic Error","detail":"from should be before to"}]}')).toBe(
    'from should be before to; Generic Error',
  );
  expect(wordsOf('{"status":"error","errorType":"bad_data","error":"parse error"}')).toBe('parse error');
  expect(
    wordsOf(
      '{"error":{"code":400,"message":"Constraints violated.","constraintViolations":[{"path":"from","message":"too old"}]}}',
    ),
  ).toBe('Constraints violated.; too old');
  expect(wordsOf('{"error":{"root_cause":[],"reason":"no such index"},"status":404}')).toBe('no such index');
  expect(wordsOf('<!DOCTYPE html><html>')).toBe('a page of HTML');
  expect(hiding(['abc'])('abc YWJj')).toBe('‹credential› ‹credential›');
});

test('a raised signal ends a request that waits for its answer at once', async () => {
  const { client: c, stop } = await client(() => ({ body: {}, afterMs: 30_000 }));
  const work = faultOf(c.ask({ path: '/' }));
  setTimeout(() => stop.abort(), 20);
  expect((await work).kind).toBe('cancelled');
});
