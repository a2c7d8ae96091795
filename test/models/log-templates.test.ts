import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { logMiner, wordsOf } from '../../src/models/log-templates.js';

const mined = (messages: string[]): string[] => {
  const miner = logMiner();
  for (const m of messages) miner.add(m);
  return miner.templates().map((t) => `${t.count} ${t.words.join(' ')}`);
};

describe('templates of log messages', () => {
  it('keeps constant words and lets values vary', () => {
    expect(
      mined([
        'connection to db-1 timed out after 300 ms',
        'connection to db-2 timed out after 1500 ms',
        'connection to replica timed out after 20 ms',
      ]),
    ).toEqual(['3 connection to <*> timed out after <*> ms']);
  });
  it('tells messages of other words apart', () => {
    expect(
      mined(['cache miss for key a1', 'payment declined by issuer 7', 'cache miss for key b2']),
    ).toHaveLength(2);
  });
  it('takes ids, addresses, numbers with units, quotes and the values of keys as variable', () => {
    expect(wordsOf('GET 10.0.0.7:8080 took 15ms id=9f8b7c6d5e4f user="Ann Lee" at 0x7ffe12')).toEqual([
      'GET',
      '<*>',
      'took',
      '<*>',
      'id=<*>',
      'user=<*>',
      'at',
      '<*>',
    ]);
  });
  it('looks at the first line only, so that a stack trace is one message', () => {
    expect(
      mined(['TypeError: x is not a function\n  at a.js:1', 'TypeError: x is not a function\n  at b.js:2']),
    ).toEqual(['2 TypeError: x is not a function']);
  });
  it('counts every message once, whatever it holds, and gives the same for the same', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 60 }), { maxLength: 60 }), (messages) => {
        const first = mined(messages);
        expect(first.reduce((sum, t) => sum + Number.parseInt(t, 10), 0)).toBe(messages.length);
        expect(mined(messages)).toEqual(first);
      }),
    );
  });
  it('holds a bounded number of templates a leaf under hostile input', () => {
    const miner = logMiner();
    for (let i = 0; i < 5000; i++)
      miner.add(
        `a b ${'xyzw'[i % 4]}${i.toString(36).replace(/\d/g, 'q')} r${i.toString(2).replace(/1/g, 'o').replace(/0/g, 'e')}`,
      );
    expect(miner.templates().length).toBeLessThanOrEqual(200);
  });
});
