import { describe, expect, it } from 'vitest';
import { plain } from '../../../src/domain/index.js';
import { judgePool } from '../../../src/facts/database/pool.js';

const pool = { ratePerSecond: 800, holdMs: 12, holdVariation: 1, size: 20, instances: 1 };
const value = (verdict: ReturnType<typeof judgePool>, name: string): number | undefined =>
  verdict.facts.find((f) => f.name === name)?.value;

describe('a connection pool', () => {
  it('with room to spare is not helped by more', () => {
    const verdict = judgePool(pool);
    expect(verdict.id).toBe('size-is-enough');
    expect(plain(verdict.remedy)).toContain('A bigger pool will not help');
  });
  it('near its limit gets the smallest size that makes the wait short, with that wait', () => {
    const verdict = judgePool({ ...pool, size: 10 });
    expect(verdict.id).toBe('bigger-helps');
    expect(value(verdict, 'pool.busy')).toBeCloseTo(9.6, 6);
    expect(value(verdict, 'pool.wait.p99.after')).toBeLessThanOrEqual(1.2);
    const size = value(verdict, 'pool.size') ?? 0;
    expect(judgePool({ ...pool, size: size - 1 }).id).toBe('bigger-helps');
    expect(judgePool({ ...pool, size }).id).toBe('size-is-enough');
  });
  it('that would take more connections than the server allows is to be held for less', () => {
    const verdict = judgePool({ ...pool, ratePerSecond: 8000, instances: 4, size: 10, maxConnections: 100 });
    expect(verdict.id).toBe('overloaded');
    expect(plain(verdict.remedy)).toContain('Shorten the time each is held');
  });
  it('waits longer where hold times vary', () => {
    const wait = (holdVariation: number): number =>
      value(judgePool({ ...pool, size: 11, holdVariation }), 'pool.wait.p99') ?? 0;
    expect(wait(0.1)).toBeGreaterThan(0);
    expect(wait(3)).toBeGreaterThan(wait(0.1) * 5);
  });
});

describe('requests that hold several connections at once', () => {
  it('may all wait for each other below requests × (connections − 1) + 1, and not from there', () => {
    const nested = { ...pool, nested: 2, concurrency: 24 };
    const verdict = judgePool({ ...nested, size: 24 });
    expect(verdict.id).toBe('may-deadlock');
    expect(value(verdict, 'pool.floor')).toBe(25);
    expect(judgePool({ ...nested, size: 25 }).id).toBe('size-is-enough');
  });
});

describe('a pooler between', () => {
  it('takes connections of the server for as long as transactions are open', () => {
    const verdict = judgePool({ ...pool, holdMs: 120, size: 130, transactionMs: 12 });
    const [session, transaction] = ['pool.server.session', 'pool.server.transaction'].map(
      (n) => value(verdict, n) ?? 0,
    );
    expect(session).toBe(130);
    expect(transaction).toBeLessThan(20);
    expect(plain(verdict.notes[0] ?? [])).toContain('transaction mode');
    expect(judgePool(pool).notes).toEqual([]);
  });
});
