import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCase } from '../../src/case/index.js';
import { INPUT_KEYS } from '../../src/domain/index.js';
import { renderMarkdown } from '../../src/report/markdown.js';
import { resultOf } from '../prompts.js';

const figure = fc.oneof(
  fc.integer({ min: 0, max: 999_999 }).map(String),
  fc.integer({ min: 1, max: 999 }).map((n) => `${n}.${n % 10}`),
  fc.constantFrom(
    '1,200',
    '3.4',
    '0.5',
    '99.95',
    '1.2M',
    '250k',
    '850.000',
    '2 in 100',
    'half',
    '200-300',
    '~40',
    '<0.5',
  ),
);
const unit = fc.constantFrom(
  'ms',
  's',
  '%',
  ' rps',
  '/s',
  ' req/day',
  ' TPS',
  ' GB',
  ' KB',
  'x',
  ' pods',
  ' connections',
  ' million',
  ' min',
  '',
);
const word = fc.constantFrom(
  'p99',
  'p50',
  'latency',
  'spiked from',
  'to',
  'during sales',
  'CPU',
  'at peak',
  'Redis',
  'PostgreSQL',
  'hit rate',
  'heap',
  'of',
  'Kafka lag',
  'grows by',
  'every',
  'per request',
  '→',
  ',',
  ';',
  '(',
  ')',
  '|',
  'errors',
  'timeout',
  'pool',
  'threads',
  '200/200',
  'was',
  'under',
  'cost',
  '-',
  'batch',
  'bill',
);
const clause = fc
  .array(
    fc.oneof(
      word,
      fc.tuple(figure, unit).map(([f, u]) => `${f}${u}`),
    ),
    { maxLength: 14 },
  )
  .map((w) => w.join(' '));
const prompt = fc
  .array(fc.tuple(fc.constantFrom(...INPUT_KEYS), clause), { minLength: 1, maxLength: 10 })
  .chain((rows) =>
    fc.constantFrom(
      rows.map(([k, c]) => `[${k}]: ${c}`).join('\n'),
      rows.map(([k, c]) => `${k}: ${c}`).join('\n'),
      rows.map(([k, c]) => `- **${k}**: ${c}`).join('\n'),
      rows.map(([, c]) => c).join('. '),
      `| a | b |\n|---|---|\n${rows.map(([k, c]) => `| ${k} | ${c} |`).join('\n')}`,
    ),
  );

describe('any text as a case', () => {
  it('is read without a failure, and every figure shown as stated stands in the text', () => {
    fc.assert(
      fc.property(fc.oneof(prompt, fc.string({ maxLength: 400 })), (text) => {
        const { case: c } = readCase(text);
        for (const fact of c.facts) {
          expect(Number.isFinite(fact.value)).toBe(true);
          for (const place of fact.from) {
            if (place.kind !== 'input') continue;
            const input = c.inputs[place.input as keyof typeof c.inputs] ?? '';
            expect(input.slice(place.start, place.end)).toBe(place.text);
          }
        }
      }),
      { numRuns: 400, seed: 7 },
    );
  });

  it('gives a report without a broken number', async () => {
    await fc.assert(
      fc.asyncProperty(prompt, async (text) => {
        const own = renderMarkdown(await resultOf(text));
        expect(own.match(/\bNaN\b|\bInfinity\b|∞|\[object/g)).toBeNull();
      }),
      { numRuns: 25, seed: 11 },
    );
  }, 60_000);
});
