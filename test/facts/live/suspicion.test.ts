import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { suspicionOf, type Turn } from '../../../src/facts/live/suspicion.js';
import { binomialUpperTail } from '../../../src/models/binomial.js';
import { seededRandom } from '../../../src/models/random.js';

const steady: Turn = {
  service: 'api',
  operation: 'GET /',
  before: 1000,
  now: 100,
  failedBefore: 2,
  failedNow: 0,
  p95BeforeMs: 50,
  p95NowMs: 52,
  slower: 5,
};

describe('the upper tail of the binomial', () => {
  it('is what is in the tables: five or more heads of ten throws', () => {
    expect(binomialUpperTail(5, 10, 0.5)).toBeCloseTo(638 / 1024, 10);
    expect(binomialUpperTail(10, 10, 0.5)).toBeCloseTo(1 / 1024, 12);
    expect(binomialUpperTail(0, 10, 0.5)).toBe(1);
    expect(binomialUpperTail(11, 10, 0.5)).toBe(0);
  });
});

describe('a suspicion', () => {
  it('is silent while nothing turns', () => {
    expect(suspicionOf([steady])).toBeUndefined();
  });
  it('names what became slower beyond chance, not what jittered', () => {
    const slow = { ...steady, operation: 'POST /checkout', p95NowMs: 200, slower: 40 };
    expect(suspicionOf([steady, slow])).toMatchObject({ operation: 'POST /checkout', kind: 'slower' });
  });
  it('names what fails more than before', () => {
    expect(suspicionOf([{ ...steady, failedNow: 20 }])).toMatchObject({ kind: 'failing' });
  });
  it('needs requests of both times', () => {
    const slow = { ...steady, p95NowMs: 200, slower: 9, now: 9 };
    expect(suspicionOf([slow])).toBeUndefined();
    expect(suspicionOf([{ ...slow, now: 100, slower: 90, before: 59 }])).toBeUndefined();
  });
  it('keeps silent about a rise that nobody would notice', () => {
    expect(suspicionOf([{ ...steady, p95NowMs: 58, slower: 60 }])).toBeUndefined();
  });
  it('hardly ever speaks of chance, over many operations', () => {
    const random = seededRandom(7);
    let spoke = 0;
    for (let round = 0; round < 500; round++) {
      const turns = Array.from({ length: 40 }, (_, i): Turn => {
        const slower = Array.from({ length: 60 }, () => random() < 0.05).filter(Boolean).length;
        return { ...steady, operation: `op${i}`, now: 60, slower, p95NowMs: 50 + slower * 10 };
      });
      if (suspicionOf(turns)) spoke++;
    }
    expect(spoke).toBe(0);
  });
  it('is the same in another unit of time but for rises of milliseconds', () => {
    fc.assert(
      fc.property(fc.nat(100), fc.integer({ min: 60, max: 4000 }), (slower, p95NowMs) => {
        const turn = { ...steady, slower, p95NowMs };
        const scaled = { ...turn, p95BeforeMs: 500, p95NowMs: p95NowMs * 10 };
        const [a, b] = [suspicionOf([turn]), suspicionOf([scaled])];
        expect(a?.operation).toBe(p95NowMs - 50 > 10 ? b?.operation : undefined);
      }),
    );
  });
});
