import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Text, textOfBytes } from '../../../src/evidence/readers/span-text.js';
import { takeId, takeTime } from '../../../src/evidence/readers/span-values.js';

function textOf(content: string): Text {
  const source = Buffer.from(`${content}\n`, 'latin1');
  const text = textOfBytes(source.length + 64);
  text.bytes.fill('\n');
  source.copy(text.bytes);
  return text;
}
const signs = (alphabet: string, min: number, max: number) =>
  fc.array(fc.constantFrom(...alphabet), { minLength: min, maxLength: max }).map((a) => a.join(''));

describe('ids', () => {
  const digits = 16;
  const taken = (content: string): { end: number; id: string } => {
    const to = textOfBytes(digits + 1);
    const end = takeId(textOf(content), 0, to, 0, digits);
    return { end, id: to.bytes.toString('latin1', 1, digits + 1) };
  };

  it('are taken in lower case when all their signs are hex digits', () => {
    fc.assert(
      fc.property(signs('0123456789abcdefABCDEF', digits, digits), (id) => {
        const { end, id: found } = taken(`"${id}"`);
        if (/^0+$/.test(id)) expect(end).toBe(-1);
        else expect([end, found]).toEqual([digits + 2, id.toLowerCase()]);
      }),
    );
  });

  it('are none with any other sign, whatever byte it is', () => {
    for (let byte = 0; byte < 256; byte++) {
      const sign = String.fromCharCode(byte);
      if (/[0-9a-fA-F]/.test(sign)) continue;
      for (let at = 0; at < digits; at++)
        expect(taken(`"${'f'.repeat(at)}${sign}${'0'.repeat(digits - 1 - at)}"`).end).toBe(-1);
    }
  });

  it('have their length', () => {
    for (const id of ['', 'a', 'a'.repeat(digits - 1), 'a'.repeat(digits + 1)])
      expect(taken(`"${id}"`).end).toBe(-1);
    expect(taken('7').end).toBe(-1);
  });
});

describe('times', () => {
  const taken = (content: string): { end: number; time: { seconds: number; ns: number } } => {
    const time = { seconds: -1, ns: -1 };
    return { end: takeTime(textOf(content), 0, time), time };
  };

  it('are taken as seconds and the nanoseconds of their last nine digits', () => {
    fc.assert(
      fc.property(signs('0123456789', 10, 19), (digits) => {
        expect(taken(`"${digits}"`)).toEqual({
          end: digits.length + 2,
          time: { seconds: Number(digits.slice(0, -9)), ns: Number(digits.slice(-9)) },
        });
      }),
    );
  });

  it('are none with any other sign, whatever byte it is, nor shorter or longer ones', () => {
    for (let byte = 0; byte < 256; byte++) {
      const sign = String.fromCharCode(byte);
      if (/[0-9"]/.test(sign)) continue;
      for (let at = 0; at < 19; at++)
        expect(taken(`"${'1'.repeat(at)}${sign}${'9'.repeat(18 - at)}"`).end).toBe(-1);
    }
    expect(taken('"123456789"').end).toBe(-1);
    expect(taken('"12345678901234567890"').end).toBe(-1);
    expect(taken('1234567890123456789').end).toBe(-1);
  });
});
