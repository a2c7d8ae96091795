import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { atCountedRate, countedLoad } from '../../src/experiments/load/counted-load.js';
import { type ObservedRequest, observedLoad } from '../../src/experiments/load/observe.js';
import { planOfObserved, seenOf } from '../../src/experiments/load/observed-plan.js';
import { planSchema } from '../../src/experiments/load/plan.js';
import { SCRIPT_TOOLS, scriptLoad } from '../../src/experiments/load/scripts/index.js';
import type { ScriptLoad } from '../../src/experiments/load/scripts/observed-script.js';
import { runGatling } from '../deliverables/gatling-stub.js';
import { runK6 } from '../deliverables/k6-stub.js';
import { wrongIn } from '../deliverables/k6-thresholds.js';
import { typeFaults } from '../deliverables/type-check.js';

/** Two minutes: a calm one at ten a second, a busy one at thirty; a quarter are orders. */
const REQUESTS: ObservedRequest[] = Array.from({ length: 2400 }, (_, i) => ({
  atMs: i < 600 ? i * 100 : 60_000 + (i - 600) * (1000 / 30),
  method: i % 4 === 0 ? 'POST' : 'GET',
  path: i % 4 === 0 ? '/orders' : `/items/${1 + ((i * i) % 7)}`,
  ...(i % 4 === 0 ? { bodyBytes: 300 } : {}),
}));
/** What may not end a literal, a comment or an expression of a script. */
const HOSTILE = `/a"b'c\`d\\e*/f\${process.exit(1)}\u2028<script>\\u0022+x`;

function load(p99Ms?: number): ScriptLoad {
  const seen = observedLoad(REQUESTS);
  if (!seen) throw new Error('no load');
  return scriptLoad(planOfObserved(seen, 'http://127.0.0.1:9', p99Ms), seenOf(seen));
}
function hostile(): ScriptLoad {
  const plan = planSchema.parse({
    target: 'http://127.0.0.1:9',
    arrivals: { replay: { counts: [3, 0, 5], bucketSeconds: 1 } },
    requests: [
      { name: HOSTILE, path: HOSTILE, method: 'PUT', body: HOSTILE },
      { name: 'plain', path: '/' },
    ],
  });
  return scriptLoad(plan, []);
}
const script = (id: string, of: ScriptLoad): string => SCRIPT_TOOLS.find((t) => t.id === id)?.text(of) ?? '';

describe('the k6 script of an observed load', () => {
  it('asks for as many requests as were seen, in the stretches they were seen in', async () => {
    const { options } = await runK6(script('k6', load()), {}, { times: 0 });
    const { stages } = options.scenarios.observed ?? { stages: [] };
    const sent = stages.reduce((sum, s) => sum + (s.duration === '0s' ? 0 : s.target), 0);
    expect(sent).toBe(REQUESTS.length);
    expect(stages.find((s) => s.duration !== '0s')).toEqual({ target: 10, duration: '1s' });
    expect(stages.at(-1)).toEqual({ target: 30, duration: '1s' });
  });

  it('keeps the number of requests when it is played faster, and a share of it when scaled', async () => {
    const env = { SPEED: '2', SCALE: '0.5' };
    const { options } = await runK6(script('k6', load()), env, { times: 0 });
    const { stages } = options.scenarios.observed ?? { stages: [] };
    const sent = stages.reduce((sum, s) => sum + s.target * Number.parseFloat(s.duration), 0);
    expect(sent).toBe(REQUESTS.length / 2);
  });

  it('loses nothing to rounding when a hundredth is played', async () => {
    const { options } = await runK6(script('k6', load()), { SCALE: '0.01' }, { times: 0 });
    const { stages } = options.scenarios.observed ?? { stages: [] };
    expect(stages.reduce((sum, s) => sum + s.target * Number.parseFloat(s.duration), 0)).toBe(24);
  });

  it('sends the mix, the keys and the sizes that were seen', async () => {
    const { sent } = await runK6(script('k6', load()), {}, { times: 4000 });
    const requests = sent.observed ?? [];
    const orders = requests.filter((r) => r.method === 'POST');
    expect(orders.length / requests.length).toBeCloseTo(0.25, 1);
    expect(orders.every((r) => r.body?.length === 300)).toBe(true);
    const items = requests.filter((r) => r.method === 'GET').map((r) => r.url);
    expect(items.every((url) => /^http:\/\/127\.0\.0\.1:9\/items\/[1-4]$/.test(url))).toBe(true);
    expect(new Set(items).size).toBe(4);
  });

  it('has thresholds that k6 takes, the objective among them where one was given', async () => {
    const { options } = await runK6(script('k6', load(700)), {}, { times: 0 });
    expect(wrongIn(options)).toEqual([]);
    expect(options.thresholds.http_req_duration).toEqual(['p(99)<700']);
    const without = await runK6(script('k6', load()), {}, { times: 0 });
    expect(without.options.thresholds).not.toHaveProperty('http_req_duration');
  });
});

describe('the Gatling simulation of an observed load', () => {
  it('injects each route’s part of the counts', async () => {
    const asked = await runGatling(script('gatling-typescript', load(700)));
    expect(asked.scenarios.map((s) => s.name)).toEqual(['GET /items/{key}', 'POST /orders']);
    const users = asked.scenarios.map((s) => s.arrivals.reduce((sum, a) => sum + a.from * a.seconds, 0));
    expect(users[0]).toBeCloseTo(1800, 6);
    expect(users[1]).toBeCloseTo(600, 6);
    expect(asked.scenarios[0]?.requests[0]?.path).toMatch(/^\/items\/\d$/);
    expect(asked.scenarios[1]?.requests[0]).toMatchObject({ method: 'POST' });
    expect(asked.scenarios[1]?.requests[0]?.body).toHaveLength(300);
    expect(asked.assertions).toContain('all p99 < 700');
  });
  it('injects whole users in whole seconds, none lost, however fast and small it is played', async () => {
    const asked = await runGatling(script('gatling-typescript', load()), { SPEED: '7', SCALE: '0.1' });
    const steps = asked.scenarios.flatMap((s) => s.arrivals);
    expect(steps.every((a) => Number.isInteger(a.seconds) && a.seconds >= 1)).toBe(true);
    const users = steps.map((a) => a.from * a.seconds);
    expect(users.every((n) => Math.abs(n - Math.round(n)) < 1e-9)).toBe(true);
    expect(users.reduce((a, b) => a + b, 0)).toBeCloseTo(240, 6);
  });
  it('injects nothing where nothing was seen', async () => {
    const asked = await runGatling(script('gatling-typescript', hostile()));
    expect(asked.scenarios[1]?.arrivals[1]).toEqual({ from: 0, to: 0, seconds: 1 });
  });
});

describe('scripts of an observed load', () => {
  it('send what the evidence wrote and run none of it', async () => {
    const { sent } = await runK6(script('k6', hostile()), {}, { times: 50 });
    expect(sent.observed?.find((r) => r.method === 'PUT')).toMatchObject({
      url: `http://127.0.0.1:9${HOSTILE}`,
      body: HOSTILE,
    });
    const asked = await runGatling(script('gatling-typescript', hostile()));
    expect(asked.scenarios[0]?.requests[0]).toMatchObject({ path: HOSTILE, body: HOSTILE });
    const java = script('gatling-java', hostile());
    expect(java).not.toContain('\u2028');
    expect(java.split('\n').every((line) => (line.match(/(?<!\\)(?:\\\\)*"/g)?.length ?? 0) % 2 === 0)).toBe(
      true,
    );
  });

  it('pass the type-check with the types of k6 and of Gatling, which a wrong one does not', () => {
    expect(typeFaults('k6', ["import http from 'k6/http';\nhttp.nothing();\n"])).toContain('nothing');
    expect(typeFaults('gatling', ["import { nothing } from '@gatling.io/core';\n"])).toContain('nothing');
    expect(typeFaults('k6', [script('k6', load(700)), script('k6', hostile())])).toBe('');
    expect(
      typeFaults('gatling', [
        script('gatling-typescript', load(700)),
        script('gatling-typescript', hostile()),
      ]),
    ).toBe('');
  });

  it('put stretches of long histories together, all requests kept', () => {
    const counts = Array.from({ length: 43_200 }, (_, i) => i % 50);
    const plan = planSchema.parse({
      target: 'http://127.0.0.1:9',
      arrivals: { replay: { counts, bucketSeconds: 60 } },
      requests: [{ name: 'a', path: '/' }],
    });
    const long = scriptLoad(plan, []);
    expect(long.counts.length).toBeLessThanOrEqual(1000);
    expect(long.counts.reduce((a, b) => a + b, 0)).toBe(counts.reduce((a, b) => a + b, 0));
    expect(long.stretchSeconds).toBe(44 * 60);
  });

  it('split a rate beyond one machine over pods', () => {
    const podsFor = (peakRate: number): number =>
      (parse(script('k6-operator', { ...load(), peakRate })) as { spec: { parallelism: number } }).spec
        .parallelism;
    expect([podsFor(10), podsFor(5000), podsFor(12_000)]).toEqual([1, 1, 3]);
  });
});

describe('a load of counts', () => {
  const minute = (i: number, count: number, path = '/items/{id}') => ({
    fromMs: i * 60_000,
    toMs: (i + 1) * 60_000,
    count,
    method: 'GET',
    path,
  });
  it('has the rate over time and the mix, and says what counts do not tell', () => {
    const seen = countedLoad([minute(0, 600), minute(1, 1200), minute(1, 600, '/cart/:user/items/:id')]);
    expect(seen).toMatchObject({
      requests: 2400,
      meanRate: 20,
      peakRate: 30,
      bucketSeconds: 60,
      counts: [600, 1800],
      mix: [
        { path: '/items/{key}', share: 0.75 },
        { path: '/cart/{key}/items/1', share: 0.25 },
      ],
    });
    expect(seen && seenOf(seen).join(' ')).toContain('not known from counts');
  });
  it('shares out a count over the stretches it covers', () => {
    const seen = countedLoad([minute(0, 60), minute(2, 60), { ...minute(0, 120), toMs: 120_000 }]);
    expect(seen?.counts).toEqual([120, 60, 60]);
  });
  it('gives a load of sampled traces the rate of all requests, and says so', () => {
    const traced = observedLoad(REQUESTS);
    if (!traced) throw new Error('no load');
    const all = atCountedRate(traced, [minute(0, 2400), minute(1, 7200)]);
    expect(all.sampledShare).toBeCloseTo(0.25, 2);
    expect(all.meanRate).toBeCloseTo(80, 6);
    expect(all.mix).toEqual(traced.mix);
    expect(all.counts.reduce((a, b) => a + b, 0) / 9600).toBeCloseTo(1, 1);
    expect(seenOf(all).join(' ')).toContain('25 % of the requests that metrics count');
    expect(atCountedRate(traced, [minute(0, 600), minute(1, 1800)])).toEqual(traced);
    expect(atCountedRate(traced, [])).toEqual(traced);
  });
  it('needs a count', () => {
    expect(countedLoad([])).toBeUndefined();
    expect(countedLoad([minute(0, 0)])).toBeUndefined();
  });
});
