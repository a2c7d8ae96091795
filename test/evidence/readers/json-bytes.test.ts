import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { valueEnd } from '../../../src/evidence/readers/json-bytes.js';

const endOf = (text: string): number => {
  const bytes = Buffer.from(`${text}\n`);
  return valueEnd(bytes, 0);
};
const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

describe('a walk over JSON in bytes', () => {
  it('ends where the value ends, whatever follows', () => {
    fc.assert(
      fc.property(fc.json({ noUnicodeString: false }), (json) => {
        expect(endOf(json)).toBe(Buffer.byteLength(json));
        expect(endOf(`${json},"more":1}`)).toBe(Buffer.byteLength(json));
      }),
      { seed: 1 },
    );
  });

  it('takes nothing for a value that is none', () => {
    const change = fc.tuple(fc.json(), fc.nat(), fc.constantFrom(...'{}[]",:\\0-+.eE u\t\u0001'));
    fc.assert(
      fc.property(change, ([json, at, put]) => {
        const cut = at % (json.length + 1);
        const text = json.slice(0, cut) + put + json.slice(cut + (at % 2));
        const end = endOf(text.trimStart());
        if (end === Buffer.byteLength(text.trimStart())) expect(isJson(text)).toBe(true);
        if (isJson(text)) expect(end).toBe(Buffer.byteLength(text.trim()));
      }),
      { seed: 2, numRuns: 2000 },
    );
  });

  it('knows the grammar of numbers, words and escapes', () => {
    for (const bad of [
      '01',
      '-',
      '1.',
      '.5',
      '1e',
      '+1',
      'tru',
      'nul',
      '"\\x"',
      '"\\u12g4"',
      '"a',
      '[1,]',
      '{"a":}',
      '{,}',
    ])
      expect(endOf(bad) === bad.length, bad).toBe(false);
    for (const good of ['-0', '0.5e-7', '1E+9', 'true', 'null', '"\\u00e4\\/"', '[]', '{ }', '[ 1 , 2 ]'])
      expect(endOf(good), good).toBe(good.length);
  });

  it('gives up on what is nested without end', () => {
    expect(endOf('['.repeat(100_000))).toBe(-1);
  });
});
