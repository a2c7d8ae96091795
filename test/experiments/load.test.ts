import { describe, expect, it } from 'vitest';
import { arrivals, expectedRequests, type RateStretch } from '../../src/experiments/load/arrivals.js';
import { latencyHistogram, recordMs } from '../../src/experiments/load/histogram.js';
import { judgeRun, type RunEvidence } from '../../src/experiments/load/judge.js';
import { findKnee, fitCurve, type KneeStep, type StepRun } from '../../src/experiments/load/knee.js';
import { dueRate, watchMeasured } from '../../src/experiments/load/measured-part.js';
import type { Batch } from '../../src/experiments/load/messages.js';
import { forbidden, parsePlan, planSchema, stretchesOf } from '../../src/experiments/load/plan.js';
import { drawer } from '../../src/experiments/load/requests.js';
import type { LoadRun, LoadSecond } from '../../src/experiments/load/run.js';
import { seededRandom } from '../../src/models/random.js';

const hold = (rate: number, seconds: number): RateStretch => ({ from: rate, to: rate, seconds });

function dispersion(times: readonly number[], windowMs: number, windows: number): number {
  const counts = new Array<number>(windows).fill(0);
  for (const t of times) {
    const w = Math.floor(t / windowMs);
    if (w < windows) counts[w] = (counts[w] ?? 0) + 1;
  }
  const mean = counts.reduce((a, b) => a + b, 0) / windows;
  return counts.reduce((a, b) => a + (b - mean) ** 2, 0) / (windows - 1) / mean;
}

describe('arrivals', () => {
  it('come evenly, half a gap in, for a uniform process', () => {
    expect([...arrivals([hold(10, 0.5)], 'uniform', 1)]).toEqual([50, 150, 250, 350, 450]);
  });
  it('spread like independent users for a Poisson process', () => {
    const times = [...arrivals([hold(500, 100)], 'poisson', 1)];
    expect(dispersion(times, 10, 10_000)).toBeGreaterThan(0.95);
    expect(dispersion(times, 10, 10_000)).toBeLessThan(1.05);
    expect(times.length / 50_000).toBeCloseTo(1, 1);
  });
  it('are the same for the same seed, ascending, and inside the run', () => {
    const stretches = [{ from: 0, to: 100, seconds: 5 }, hold(100, 5), { from: 100, to: 0, seconds: 5 }];
    const times = [...arrivals(stretches, 'poisson', 7)];
    expect(times).toEqual([...arrivals(stretches, 'poisson', 7)]);
    expect(times.every((t, i) => t >= (times[i - 1] ?? 0) && t <= 15_000)).toBe(true);
  });
  it('follow a ramp: a quarter in the first half', () => {
    const times = [...arrivals([{ from: 0, to: 200, seconds: 10 }], 'uniform', 1)];
    expect(times.length).toBe(1000);
    expect(times.filter((t) => t < 5000).length).toBe(250);
  });
});

const PLAN = `
target: http://127.0.0.1:8080
arrivals:
  process: uniform
  stages:
    - { rate: 10, seconds: 10, burst: { everySeconds: 5, forSeconds: 1, rate: 100 } }
requests:
  - { name: a, path: "/a/{key}", keys: { count: 5 } }
`;

describe('a plan', () => {
  it('holds bursts on a base rate', () => {
    const parsed = parsePlan(PLAN);
    if (!('plan' in parsed)) throw new Error(parsed.fault.what);
    expect(stretchesOf(parsed.plan)).toEqual([hold(10, 4), hold(100, 1), hold(10, 4), hold(100, 1)]);
  });
  it('replays observed counts faster and scaled', () => {
    const plan = planSchema.parse({
      target: 'http://localhost',
      arrivals: { replay: { counts: [60, 120], bucketSeconds: 60, speed: 60, scale: 0.5 } },
      requests: [{ name: 'a', path: '/' }],
    });
    expect(stretchesOf(plan)).toEqual([hold(30, 1), hold(60, 1)]);
    expect(expectedRequests(stretchesOf(plan))).toBe(90);
  });
  it.each([
    ['target: [', /line 1/],
    ['target: ftp://x\narrivals: {}\nrequests: []', /line/],
    [PLAN.replace('uniform', 'sometimes'), /line/],
  ])('that is wrong is told with its line', (text, where) => {
    expect(parsePlan(text)).toMatchObject({ fault: { where: expect.stringMatching(where) } });
  });
  it.each([
    ['http://127.0.0.1:1', false, false],
    ['http://[::1]:1', false, false],
    ['http://localhost', false, false],
    ['http://10.0.0.1', false, true],
    ['http://10.0.0.1', true, true],
    ['http://allowed.example', false, true],
    ['http://allowed.example', true, false],
    ['http://127.0.0.1.evil.example', true, true],
  ])('against %s, owner says %s: refused %s', (target, own, refused) => {
    const plan = planSchema.parse({
      target,
      arrivals: { stages: [{ rate: 1, seconds: 1 }] },
      requests: [{ name: 'a', path: '/' }],
      allow: ['allowed.example'],
    });
    expect(forbidden(plan, own) !== undefined).toBe(refused);
  });
});

describe('requests', () => {
  it('are drawn by weight, with popular keys first', () => {
    const plan = planSchema.parse({
      target: 'http://localhost',
      arrivals: { stages: [{ rate: 1, seconds: 1 }] },
      requests: [
        { name: 'a', path: '/a/{key}', weight: 3, keys: { count: 100, zipf: 1 } },
        { name: 'b', path: '/b', method: 'POST', body: '{}', bodyBytes: 10 },
      ],
    });
    const draw = drawer(plan.requests, seededRandom(1));
    const drawn = Array.from({ length: 4000 }, draw);
    expect(drawn.filter((d) => d.index === 0).length / 4000).toBeCloseTo(0.75, 1);
    expect(drawn.find((d) => d.index === 1)?.body).toBe('{}xxxxxxxx');
    const first = drawn.filter((d) => d.path === '/a/1').length;
    const later = drawn.filter((d) => d.path === '/a/50').length;
    expect(first).toBeGreaterThan(10 * later);
    expect(drawn.every((d) => d.index === 1 || /^\/a\/([1-9]\d?|100)$/.test(d.path))).toBe(true);
  });
});

function evidence(n: number, latency: (i: number) => number, lag = 0.5): RunEvidence {
  const e = { latency: latencyHistogram(), lag: latencyHistogram() };
  for (let i = 0; i < n; i++) {
    recordMs(e.latency, latency(i));
    recordMs(e.lag, lag);
  }
  return { ...e, due: n, sent: n, dropped: 0, waited: 0, busy: [0.2, 0.2], unanswered: 0 };
}

describe('a run judges itself', () => {
  it('valid when it was on time', () => {
    expect(judgeRun(evidence(5000, (i) => i / 100))).toMatchObject({ verdict: 'valid', reasons: [] });
  });
  it('gives the stall of a second its place: a tenth of the requests waited', () => {
    const judged = judgeRun(evidence(2000, (i) => (i % 10 === 0 ? (1000 * i) / 2000 : 2)));
    expect(judged.quantiles.find((q) => q.name === 'p99')?.valueMs).toBeCloseTo(900, -1);
  });
  it('invalid when the generator was late, too busy, or left requests out', () => {
    expect(judgeRun(evidence(1000, () => 5, 30)).reasons[0]).toContain('late');
    expect(judgeRun({ ...evidence(1000, () => 5), busy: [1, 1, 1] }).reasons[0]).toContain('bottleneck');
    const dropped = judgeRun({ ...evidence(1000, () => 5), due: 1100, sent: 1000, dropped: 100 });
    expect(dropped).toMatchObject({ verdict: 'invalid' });
    expect(dropped.reasons[0]).toContain('lower bound');
  });
  it('says what is not estimable from so few', () => {
    const of = (n: number) =>
      judgeRun(evidence(n, (i) => i)).quantiles.find((q) => q.name === 'p99')?.notEstimable;
    expect(of(120)).toBe('p99 not estimable from 120 requests');
    expect(of(1000)).toBeUndefined();
  });
});

describe('the knee', () => {
  const plan = planSchema.parse({
    target: 'http://localhost',
    arrivals: { stages: [{ rate: 1, seconds: 1 }] },
    requests: [{ name: 'a', path: '/' }],
  });
  /** Poisson arrivals at one server with exponential service of 5 ms; the p99 of its waiting and service is known. */
  const queueWith = (seed: number): StepRun => {
    const random = seededRandom(seed);
    return (p, hooks) => {
      const [{ from: rate = 0, seconds = 0 } = {}] = stretchesOf(p);
      const e = { latency: latencyHistogram(), lag: latencyHistogram() };
      const [due, latencies]: [number[], number[]] = [[], []];
      let free = 0;
      for (let t = drawn(random, 1000 / rate); t < seconds * 1000; t += drawn(random, 1000 / rate)) {
        free = Math.max(t, free) + drawn(random, SERVICE_MS);
        due.push(t);
        latencies.push(free - t);
        recordMs(e.latency, free - t);
        recordMs(e.lag, 0.3);
      }
      const n = due.length;
      const counted = { due: n, sent: n, dropped: 0, waited: 0, busy: [0.2, 0.2], unanswered: 0 };
      hooks.onBatch?.({ count: n, intendedMs: due, latencyMs: latencies } as unknown as Batch);
      return Promise.resolve({
        ...e,
        ...counted,
        plan: p,
        seconds: [],
        answers: n,
        errors: 0,
        throughput: (n * 1000) / Math.max(seconds * 1000, free),
        judgement: judgeRun({ ...e, ...counted }),
      } as unknown as LoadRun);
    };
  };
  const SERVICE_MS = 5;
  const drawn = (random: () => number, mean: number): number => -mean * Math.log(1 - random());
  /** The p99 of a single queue is ln 100 ÷ (service rate − arrival rate). */
  const P99_MS = 60;
  const TRUTH = 1000 / SERVICE_MS - (1000 * Math.log(100)) / P99_MS;
  const options = {
    from: 20,
    to: 10_000,
    stepSeconds: 20,
    factor: 1.5,
    refine: 6,
    p99Ms: P99_MS,
    errorRatio: 0.01,
  };

  it.each([1, 2, 3])('lies between the rate that holds and the one that breaks (seed %d)', async (seed) => {
    const knee = await findKnee(plan, options, queueWith(seed));
    expect(knee.ended).toBe('objective broken');
    expect(knee.holds).toBeLessThan(TRUTH);
    expect(knee.breaks).toBeGreaterThan(TRUTH);
    expect((knee.breaks ?? 0) / (knee.holds ?? 1)).toBeLessThan(2.5);
    const { low = 0, high = 0, value = 0 } = knee.curve?.kneePerSecond ?? {};
    for (const x of [low, value, high]) {
      expect(x).toBeGreaterThanOrEqual(knee.holds ?? Number.NaN);
      expect(x).toBeLessThanOrEqual(knee.breaks ?? Number.NaN);
    }
  });
  it('is found downwards when the first rate breaks already', async () => {
    const knee = await findKnee(plan, { ...options, from: 400 }, queueWith(1));
    expect(knee.holds).toBeLessThan(TRUTH);
    expect(knee.breaks).toBeGreaterThan(TRUTH);
  });
  it('ends at the highest rate asked for, which is tried', async () => {
    const knee = await findKnee(plan, { ...options, to: 70 }, queueWith(1));
    expect(knee.ended).toBe('rate limit of the plan');
    expect(knee.steps.at(-1)?.rate).toBe(70);
    expect(knee.breaks).toBeUndefined();
  });
  it('runs a step longer where so few requests could tell nothing', async () => {
    const lengths: number[] = [];
    const run = queueWith(1);
    const once = { ...options, from: 10, to: 10, stepSeconds: 10 };
    const knee = await findKnee(plan, once, (p, hooks) => {
      lengths.push(stretchesOf(p)[0]?.seconds ?? 0);
      return run(p, hooks);
    });
    expect(lengths).toHaveLength(2);
    expect(lengths[1]).toBeGreaterThan(30);
    expect(knee.holds).toBe(10);
  });
  it('asks for other requests in each run, and for the same in the same search', async () => {
    const seedsOf = async (): Promise<number[]> => {
      const seeds: number[] = [];
      const run = queueWith(1);
      await findKnee(plan, { ...options, to: 70 }, (p, hooks) => {
        seeds.push(p.seed);
        return run(p, hooks);
      });
      return seeds;
    };
    const seeds = await seedsOf();
    expect(new Set(seeds).size).toBe(seeds.length);
    expect(seeds).toEqual(await seedsOf());
  });
  it('is not read off two steps', () => {
    const step = (rate: number): KneeStep => ({
      rate,
      throughput: rate,
      p50Ms: 5,
      p99Ms: 5,
      meanMs: 5,
      errorRatio: 0,
      ok: true,
      answer: 'holds',
      verdict: 'valid',
    });
    expect(fitCurve([step(100), step(200)], 100)).toBeUndefined();
  });
});

describe('the part of a run that is measured', () => {
  const planFor = (warmupSeconds: number, seconds: number) =>
    planSchema.parse({
      target: 'http://localhost',
      warmupSeconds,
      arrivals: { stages: [{ rate: 10, seconds }] },
      requests: [{ name: 'a', path: '/' }],
    });
  const second = (n: number, due: number): LoadSecond => ({
    second: n,
    due,
    sent: due,
    dropped: 0,
    answers: due,
    errors: 0,
    inFlight: 0,
    mostInFlight: 1,
    connections: 1,
    busy: 0.1,
  });
  /** Looks at a clock that stands at the second that was reported last. */
  const watchedOver = (warmupSeconds: number, seconds: number, reported: number) => {
    let clock = 0;
    const watched = watchMeasured(planFor(warmupSeconds, seconds), () => {
      const from = clock;
      return () => [{ name: `${from} to ${clock}`, busy: 0 }];
    });
    for (let n = 0; n < reported; n++) {
      clock = n + 1;
      watched.onSecond(second(n, 10));
    }
    return watched.uses()[0]?.name;
  };

  it('is watched without the warm-up before and the wait for answers after it', () => {
    expect(watchedOver(3, 10, 14)).toBe('3 to 10');
    expect(watchedOver(2.5, 10, 14)).toBe('3 to 10');
    expect(watchedOver(0, 10, 14)).toBe('0 to 10');
  });
  it('is watched as far as it got, and as a whole where it holds no whole second', () => {
    expect(watchedOver(3, 10, 6)).toBe('3 to 6');
    expect(watchedOver(0.5, 0.9, 2)).toBe('0 to 2');
  });
  it('has the rate that was due in it', () => {
    const seconds = [second(0, 90), second(1, 8), second(2, 12), second(3, 1)];
    expect(dueRate({ plan: planFor(1, 3), seconds } as unknown as LoadRun)).toBe(10);
  });
});
