import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CHARACTERS_A_PART,
  CHARACTERS_PER_TOKEN,
  clean,
  csvCell,
  idsCell,
  MOST_TOKENS,
  type Part,
  partOf,
  render,
} from '../../src/mcp/answer.js';

const ceiling = MOST_TOKENS * CHARACTERS_PER_TOKEN;
const anyText = fc.string({ unit: 'binary', maxLength: 3000 });
const anyPart: fc.Arbitrary<Part> = fc.oneof(
  anyText.map((line) => ({ line })),
  anyText.map((text) => ({ text: text.repeat(8), more: (rest: number) => `${rest} more characters` })),
  fc.record({
    table: fc.array(fc.constantFrom('a', 'b'), { minLength: 1, maxLength: 3 }),
    rows: fc.array(fc.array(fc.oneof(anyText, fc.double(), fc.constant(undefined)), { maxLength: 4 }), {
      maxLength: 60,
    }),
    wide: fc.boolean(),
  }),
);

describe('an answer', () => {
  it('never passes the ceiling, whatever is in it', () => {
    fc.assert(
      fc.property(fc.array(anyPart, { maxLength: 12 }), (parts) => {
        expect(render(parts).length).toBeLessThanOrEqual(ceiling);
      }),
      { numRuns: 60 },
    );
  });

  it('counts the rows that did not fit, and says how to read on', () => {
    const rows = Array.from({ length: 900 }, (_, i) => [`row ${i}`, 'x'.repeat(100)]);
    const text = render([{ table: ['id', 'text'], rows, narrow: 'offset=OFFSET' }]);
    const shown = text.split('\n').filter((l) => l.startsWith('row ')).length;
    expect(text.split('\n').at(-1)).toBe(`# ${900 - shown} more: offset=${shown}`);
  });

  it('keeps a cell on one line and in its place', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const cell = csvCell(text);
        expect(cell).not.toMatch(/[\n\r]/);
        if (/[",]/.test(cell)) expect(cell).toMatch(/^"(?:[^"]|"")*"$/);
        expect(cell.startsWith('#')).toBe(false);
      }),
    );
  });

  it('drops what a reader cannot see', () => {
    expect(clean('a\u200bb\u202ec\u{E0049}d\u0007e')).toBe('abcde');
    expect(clean('1\u202f800\u202fms')).toBe('1800 ms');
  });

  it('never cuts an id: what does not fit is counted', () => {
    const ids = Array.from({ length: 9 }, (_, i) => `${'x'.repeat(60)}${i}`);
    const cell = idsCell(ids);
    expect(cell).toMatch(/ 6 more$/);
    for (const id of cell.replace(/ \d+ more$/, '').split(' ')) expect(ids).toContain(id);
  });

  it('splits a long text into parts that hold all of it', () => {
    const text = Array.from({ length: 700 }, (_, i) => `line ${i} ${'y'.repeat(40)}`).join('\n');
    const { parts } = partOf(text, 1);
    const all = Array.from({ length: parts }, (_, i) => partOf(text, i + 1).text ?? '');
    expect(all.join('\n')).toBe(text);
    expect(Math.max(...all.map((p) => p.length))).toBeLessThanOrEqual(CHARACTERS_A_PART);
    expect(partOf(text, parts + 1).text).toBeUndefined();
  });
});
