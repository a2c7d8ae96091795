import { describe, expect, test } from 'vitest';
import { type Fact, indexFacts, plain, subject } from '../../src/domain/index.js';
import { signsOf } from '../../src/method/signs.js';
import { made, seen } from '../hypotheses/made.js';

const POOL = subject('pool', 'orders', 'api');
const API = subject('service', 'api');
const line = (name: string, template: string, service: string, n: number): Fact => ({
  ...seen(name, subject('class', template, service), n, 'count'),
});
const context = (...facts: Fact[]) => ({ ...made({}), facts: indexFacts(facts) });
const weight = (hypothesis: string, about: typeof API, ...facts: Fact[]): number =>
  signsOf(hypothesis, about, context(...facts)).reduce((sum, s) => sum + s.logLikelihoodRatio, 0);

describe('what logs and metrics say for or against a cause', () => {
  const exhausted = line('log.fault.pool-exhausted', 'timeout acquiring connection from pool', 'api', 40);

  test('a message in excess counts for its cause, more in its own service, and is quoted', () => {
    const [own] = signsOf('pool-exhausted', POOL, context(exhausted));
    expect(own).toMatchObject({ id: 'log', outcome: 'seen' });
    expect(plain(own?.says ?? [])).toContain('timeout acquiring connection from pool');
    const elsewhere = weight('pool-exhausted', subject('pool', 'stock', 'stock'), exhausted);
    expect(own?.logLikelihoodRatio).toBeGreaterThan(elsewhere);
    expect(elsewhere).toBeGreaterThan(0);
  });

  test('no sign is strong enough to settle a cause, and none counts for another cause', () => {
    for (const [hypothesis, about] of [
      ['pool-exhausted', POOL],
      ['slow-dependency', API],
    ] as const)
      expect(weight(hypothesis, about, exhausted)).toBeLessThan(1.5);
    expect(weight('low-hit-ratio', API, exhausted)).toBe(0);
  });

  test('a fault that programs always log counts against where compared logs do not have it', () => {
    const compared = { ...seen('log.compared', API, 5000, 'count') };
    expect(weight('disk-saturation', API, compared)).toBeLessThan(0);
    expect(weight('pool-exhausted', POOL, compared)).toBe(0);
    expect(weight('disk-saturation', API)).toBe(0);
  });

  test('metric suspects count for the place that they name and against the others', () => {
    const suspect = (service: string, p: number) =>
      seen('suspect.probability', subject('service', service), p, 'ratio');
    const two = [suspect('api', 0.9), suspect('stock', 0.1)];
    expect(weight('inefficient-code', API, ...two)).toBeGreaterThan(0.3);
    expect(weight('inefficient-code', subject('service', 'stock'), ...two)).toBeLessThan(-0.3);
    expect(weight('inefficient-code', subject('service', 'other'), ...two)).toBe(0);
    expect(weight('inefficient-code', API, suspect('api', 0.51), suspect('stock', 0.49))).toBe(0);
  });

  test('a healthy system gives none', () => {
    expect(signsOf('pool-exhausted', POOL, context())).toEqual([]);
    expect(signsOf('new-dependency-call', API, context())).toEqual([]);
  });
});
