import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/cli/exit.js';
import { parseEdits } from '../../src/cli/trace-edits.js';

const NONE = { drop: [], shorten: [], parallel: [], cache: [], batch: [], timeout: [] };
const one = (options: Partial<typeof NONE> | Record<string, string[]>) =>
  parseEdits({ ...NONE, ...options })[0];

describe('changes as options', () => {
  it('reads shares, percentages, times and what is taken off', () => {
    expect(one({ shorten: ['tax/*=0.5'] })).toEqual({ kind: 'shorten', spans: 'tax/*', factor: 0.5 });
    expect(one({ shorten: ['tax/*=40%'] })).toEqual({ kind: 'shorten', spans: 'tax/*', factor: 0.4 });
    expect(one({ shorten: ['tax/*=-20ms'] })).toEqual({ kind: 'shorten', spans: 'tax/*', lessMs: 20 });
    expect(one({ timeout: ['coupon=0.2s'] })).toEqual({ kind: 'timeout', spans: 'coupon', capMs: 200 });
    expect(one({ cache: ['SELECT * FROM t WHERE id = ?=0.8'] })).toEqual({
      kind: 'cache',
      spans: 'SELECT * FROM t WHERE id = ?',
      hitRatio: 0.8,
    });
  });

  it.each([
    [{ cache: ['x'] }],
    [{ cache: ['x=1.5'] }],
    [{ cache: ['x=often'] }],
    [{ timeout: ['x=200'] }],
    [{ timeout: ['x=0ms'] }],
    [{ shorten: ['=0.5'] }],
    [{ drop: [' '] }],
    [{}],
  ])('says how it is written when it cannot be read: %j', (options) => {
    expect(() => one(options as Record<string, string[]>)).toThrow(UserError);
  });
});
