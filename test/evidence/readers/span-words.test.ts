import { describe, expect, it } from 'vitest';
import { textOfBytes } from '../../../src/evidence/readers/span-text.js';
import { createWords, takeWord, wordBytes } from '../../../src/evidence/readers/span-words.js';

/** Takes values that stand one after the other, and gives their numbers. */
function numbers(values: readonly string[]): { numbers: number[]; raw: string[] } {
  const source = Buffer.from(`${values.join('')}\n`);
  const text = textOfBytes(source.length);
  source.copy(text.bytes);
  const words = createWords();
  let at = 0;
  const found = values.map(() => {
    at = takeWord(words, text, at);
    return words.last;
  });
  return { numbers: found, raw: found.map((word) => wordBytes(words, word).toString('utf8')) };
}

describe('words', () => {
  it('give equal values one number and different ones another, however many come', () => {
    const values = Array.from(
      { length: 30_000 },
      (_, i) => `{"key":"k","value":{"stringValue":"v${i % 9973}"}}`,
    );
    const { numbers: found, raw } = numbers(values);
    expect(raw).toEqual(values);
    expect(new Set(found).size).toBe(9973);
  });

  it('tell values apart that begin alike, in any order', () => {
    const values = ['"a"', '"ab"', '{"a":1}', '"a"', '{"a":11}', '{"a":1}', '"ab"', '{"a":{"a":1}}'];
    const { numbers: found, raw } = numbers(values);
    expect(raw).toEqual(values);
    expect(new Set(found).size).toBe(5);
  });

  it('are none for what is no value', () => {
    const text = textOfBytes(16);
    text.bytes.fill('\n');
    text.bytes.write('{"a":}');
    expect(takeWord(createWords(), text, 0)).toBe(-1);
  });
});
