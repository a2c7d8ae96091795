import { describe, expect, it } from 'vitest';
import { accessLine } from '../../src/experiments/load/access-log.js';
import {
  type ObservedRequest,
  observedLoad,
  routeOf,
  zipfExponent,
} from '../../src/experiments/load/observe.js';
import { planOfObserved, planText } from '../../src/experiments/load/observed-plan.js';
import { parsePlan } from '../../src/experiments/load/plan.js';

describe('access logs', () => {
  it('are read in the combined format, the query left out', () => {
    expect(
      accessLine(
        '10.1.2.3 - bob [26/Nov/2026:10:00:01 +0100] "GET /items/42?token=x HTTP/1.1" 200 12 "-" "curl"',
      ),
    ).toEqual({
      atMs: Date.UTC(2026, 10, 26, 9, 0, 1),
      method: 'GET',
      path: '/items/42',
      client: '10.1.2.3',
    });
  });
  it('are read as JSON lines', () => {
    const line = {
      time: '2026-11-26T10:00:00Z',
      request_method: 'post',
      request_uri: '/orders?a=1',
      request_length: 512,
    };
    expect(accessLine(JSON.stringify(line))).toEqual({
      atMs: Date.UTC(2026, 10, 26, 10),
      method: 'POST',
      path: '/orders',
      bodyBytes: 512,
    });
  });
  it.each([
    '',
    'hello',
    '{"a":1}',
    '{cut',
    '1.2.3.4 - - [99/Foo/2026:10:00:01 +0100] "GET / HTTP/1.1" 200 1',
  ])('%j is no request', (line) => expect(accessLine(line)).toBeUndefined());
});

describe('a load model', () => {
  const requests: ObservedRequest[] = Array.from({ length: 1200 }, (_, i) => ({
    atMs: 1_000_000 + i * 50,
    method: i % 4 === 0 ? 'POST' : 'GET',
    path: i % 4 === 0 ? '/orders' : `/items/${1 + ((i * i) % 7)}`,
    client: `c${i % 10}`,
    ...(i % 4 === 0 ? { bodyBytes: 300 } : {}),
  }));
  const load = observedLoad(requests);
  it('has the rate, the mix, the keys and the think time', () => {
    expect(load).toMatchObject({
      requests: 1200,
      seconds: 60,
      meanRate: 20,
      peakRate: 20,
      thinkTimeMs: 500,
      mix: [
        { method: 'GET', path: '/items/{key}', share: 0.75 },
        { method: 'POST', path: '/orders', share: 0.25, bodyBytes: 300 },
      ],
    });
    expect(load?.dispersion).toBeLessThan(0.1);
  });
  it('becomes a plan that is read back', () => {
    if (!load) throw new Error('no load');
    const text = planText(planOfObserved(load, 'http://127.0.0.1:1'), load);
    expect(parsePlan(text)).toMatchObject({ plan: { arrivals: { replay: { bucketSeconds: 1 } } } });
    expect(text).toContain('20.0 a second');
  });
  it('needs more than a moment', () => {
    expect(observedLoad([])).toBeUndefined();
    expect(observedLoad(requests.slice(0, 1))).toBeUndefined();
  });
  it('finds the exponent of popularity', () => {
    expect(zipfExponent(Array.from({ length: 200 }, (_, i) => 100_000 / (i + 1) ** 1.1))).toBeCloseTo(1.1, 1);
    expect(zipfExponent(new Array(50).fill(10))).toBeCloseTo(0, 1);
  });
  it.each([
    ['/a/12/b', '/a/{key}/b'],
    ['/u/550e8400-e29b-41d4-a716-446655440000', '/u/{key}'],
    ['/users/7/orders/9', '/users/{key}/orders/1'],
    ['/healthz', '/healthz'],
    ['/v2/items', '/v2/items'],
  ])('%s is the route %s', (path, route) => expect(routeOf(path).route).toBe(route));
});
