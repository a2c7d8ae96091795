import { describe, expect, it } from 'vitest';
import {
  drainSeconds,
  erlangB,
  erlangC,
  fanOutShare,
  littlesLaw,
  multiServerWait,
  multiServerWaitQuantile,
  retryAmplification,
  serversFor,
  utilisation,
  variableWait,
} from '../../src/models/queueing.js';

describe('queueing', () => {
  it('agrees with published values', () => {
    // Tijms, A First Course in Stochastic Models, 2003, §5.1: delay probability of 100 servers at 95 %.
    expect(erlangC(100, 95)).toBeCloseTo(0.506, 3);
    // One server: Erlang C is the utilisation, Erlang B is load / (1 + load).
    expect(erlangC(1, 0.7)).toBeCloseTo(0.7, 12);
    expect(erlangB(1, 0.7)).toBeCloseTo(0.7 / 1.7, 12);
    // Classical table value: 10 erlangs on 15 trunks lose 3.65 %.
    expect(erlangB(15, 10)).toBeCloseTo(0.0365, 4);
  });
  it('gives M/M/1 waits in closed form', () => {
    // rho = .8, s = 10 ms: wait = rho s / (1 - rho) = 40 ms; P(wait > t) = rho exp(-(1-rho) t / s).
    const wait = multiServerWait(80, 0.01, 1);
    expect(wait.meanWaitSeconds).toBeCloseTo(0.04, 12);
    expect(wait.meanQueue).toBeCloseTo(3.2, 12);
    const t = multiServerWaitQuantile(80, 0.01, 1, 0.99);
    expect(0.8 * Math.exp((-0.2 * t) / 0.01)).toBeCloseTo(0.01, 12);
    expect(multiServerWaitQuantile(10, 0.01, 1, 0.5)).toBe(0);
    expect(variableWait(80, 0.01, 1, 1, 0)).toBeCloseTo(0.02, 12);
  });
  it('says infinite, not large, at full load', () => {
    expect(multiServerWait(100, 0.01, 1).meanWaitSeconds).toBe(Number.POSITIVE_INFINITY);
    expect(multiServerWaitQuantile(200, 0.01, 1, 0.9)).toBe(Number.POSITIVE_INFINITY);
    expect(drainSeconds(100, 5, 5)).toBe(Number.POSITIVE_INFINITY);
  });
  it('does operational arithmetic', () => {
    expect(littlesLaw(6000, 0.0348)).toBeCloseTo(208.8, 9);
    expect(utilisation(8000, 0.001, 10)).toBeCloseTo(0.8, 12);
    expect(serversFor(8000, 0.001, 0.8)).toBe(10);
    expect(drainSeconds(1000, 50, 100)).toBe(20);
    expect(retryAmplification(0.5, 3)).toBeCloseTo(1.875, 12);
    expect(retryAmplification(1, 3, 3)).toBe(64);
    // Dean and Barroso, The Tail at Scale, 2013: 100 calls, 1 % slow each: 63 % of requests are slow.
    expect(fanOutShare(0.01, 100)).toBeCloseTo(0.634, 3);
  });
});
