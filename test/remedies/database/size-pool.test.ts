import { describe, expect, test } from 'vitest';
import { plain, subject } from '../../../src/domain/index.js';
import shortenTransaction from '../../../src/remedies/database/shorten-transaction.js';
import sizePool from '../../../src/remedies/database/size-pool.js';
import { made, pattern, seen, traces } from '../../hypotheses/made.js';

const POOL = subject('pool', 'orders', 'shop-api');
const waiting = (busyMs: number, before?: number) =>
  made({
    telemetry: traces(
      [{ id: 'pool', kind: 'pool-wait', before: 0, during: 50 }],
      [
        pattern(
          'pool-wait',
          POOL,
          { pool: 50 },
          {
            limit: seen('pool.limit', POOL, 2, 'count'),
            hold: seen('hold', POOL, 60, 'ms'),
            busy: seen('busy', POOL, busyMs, 'ms'),
            wait: seen('wait', POOL, 50, 'ms'),
            ...(before ? { baselineLimit: seen('pool.limit', POOL, before, 'count', 'baseline') } : {}),
          },
        ),
      ],
    ),
  });
const target = { finding: 'f', hypothesis: 'pool-exhausted', subject: POOL, supported: true };

describe('a pool that requests were seen to wait for', () => {
  test('gets back the size that it had', () => {
    expect(plain(sizePool.advise(waiting(55, 12), target).title)).toMatch(
      /its 12 connections back, instead of 2/,
    );
  });

  test('without one, gets what its holding and waiting times ask for', () => {
    // 2 × (60 + 50) ÷ 60 ÷ 0.65 = 5.6
    expect(plain(sizePool.advise(waiting(55), target).title)).toMatch(/6 connections instead of 2/);
  });

  test('is not told to shorten transactions that hold it for statements only', () => {
    expect(plain(shortenTransaction.blocked(waiting(55), POOL) ?? [])).toMatch(
      /held for 60\sms.*55\sms of that/,
    );
    expect(shortenTransaction.blocked(waiting(10), POOL)).toBeUndefined();
  });
});
