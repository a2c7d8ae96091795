import { describe, expect, it } from 'vitest';
import {
  type Fact,
  measured,
  num,
  paragraph,
  type Result,
  range,
  say,
  subject,
  type Unit,
} from '../../src/domain/index.js';
import { renderHtml } from '../../src/report/html.js';
import { renderMarkdown } from '../../src/report/markdown.js';
import { agrees as agreesWith, looseNumbers } from '../../src/report/numbers.js';
import { bare, sample, statedOnly } from '../fixtures/report/sample.js';

const check = (result: Result) => looseNumbers(result, renderMarkdown(result), renderHtml(result));
const fact = (value: number, unit: Unit, interval?: [number, number]) =>
  measured(
    { name: 'x', subject: subject('system', 's'), value, unit, ...(interval ? { interval } : {}) },
    [],
  );
const adding = (text: ReturnType<typeof say>): Result => ({
  ...sample,
  extras: { caching: [paragraph(text)] },
});

describe('the number check', () => {
  it.each([
    ['sample', sample],
    ['stated', statedOnly],
    ['bare', bare],
  ])('finds nothing loose: %s', (_, result) => {
    expect(check(result)).toEqual([]);
  });

  it('finds a number in our own words in both outputs', () => {
    const found = check(adding(say`The pool takes 37 connections.`));
    expect(found.map((f) => [f.output, f.number, f.why])).toEqual([
      ['markdown', '37', 'belongs to no fact'],
      ['html', '37', 'belongs to no fact'],
    ]);
    expect(found[0]?.context).toContain('The pool takes 37 connections');
  });

  it('finds a number that does not agree with its fact', () => {
    const p99 = sample.facts.find((f) => f.name === 'latency.p99' && f.phase === 'incident' && f.n);
    const wrong = check(adding(say`It takes ${{ n: '1 950 ms', ref: p99?.id ?? '' }}.`));
    const why = 'disagrees with its fact';
    expect(wrong.filter((f) => f.output === 'markdown').map((f) => f.why)).toContain(why);
    expect(wrong.filter((f) => f.output === 'html').map((f) => f.why)).toEqual([why]);
  });

  it('finds a number whose fact is not in the result', () => {
    const found = check(adding(say`It takes ${{ n: '12 ms', ref: 'nobody' }}.`));
    expect(found.some((f) => f.output === 'markdown' && f.why.startsWith('names a fact'))).toBe(true);
    expect(found.some((f) => f.output === 'html')).toBe(true);
  });

  it.each(['p99 and p99.9 over HTTP/2 with k6, SHA-256 and 5xx answers, the 95th percentile, see section 4'])(
    'leaves names alone: %s',
    (text) => {
      expect(check(adding(say`${text}`))).toEqual([]);
    },
  );

  it.each(['at 3k a second', 'about 2.5 times', 'half of 7', '90 % busy', 'from 480ms', 'x = 14'])(
    'does not take a number for a name: %s',
    (text) => {
      expect(check(adding(say`${text}`)).filter((f) => f.output === 'html')).toHaveLength(1);
    },
  );

  it('takes what a fact shows in any unit and rounding', () => {
    const agrees = (shown: string, f: Fact) => agreesWith(shown.replaceAll(' ', '\u202f'), f);
    expect(agrees('1 800 ms', fact(1804, 'ms'))).toBe(true);
    expect(agrees('1.8 s', fact(1804, 'ms'))).toBe(true);
    expect(agrees('1.9 s', fact(1804, 'ms'))).toBe(false);
    expect(agrees('180 ms', fact(1804, 'ms'))).toBe(false);
    expect(agrees('71 %', fact(0.7134, 'ratio'))).toBe(true);
    expect(agrees('0.71', fact(0.7134, 'ratio'))).toBe(true);
    expect(agrees('73 %', fact(0.7134, 'ratio'))).toBe(false);
    expect(agrees('905–1 148 ms', fact(1010, 'ms', [905, 1148]))).toBe(true);
    expect(agrees('905–1 300 ms', fact(1010, 'ms', [905, 1148]))).toBe(false);
    expect(agrees('3 KB', fact(3000, 'bytes'))).toBe(true);
    expect(agrees('−5 %', fact(-0.05, 'ratio'))).toBe(true);
  });

  it('agrees with what the domain itself shows', () => {
    for (const [value, unit] of [
      [0.0004, 'ms'],
      [61.25, 'ms'],
      [123_456, 'ms'],
      [86_400 * 9, 's'],
      [0.00123, 'ratio'],
      [1_234_567, '1/s'],
      [5_500_000_000, 'bytes'],
      [1.8543, 'factor'],
      [12_345, 'count'],
    ] as [number, Unit][]) {
      const f = fact(value, unit, [value * 0.9, value * 1.1]);
      expect(agreesWith(num(f).n, f), num(f).n).toBe(true);
      expect(agreesWith(range(f).n, f), range(f).n).toBe(true);
    }
  });
});
