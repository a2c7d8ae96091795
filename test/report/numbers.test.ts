import { describe, expect, it } from 'vitest';
import {
  type Block,
  bareNumber,
  code,
  constant,
  type Fact,
  measured,
  name,
  num,
  paragraph,
  type Result,
  range,
  say,
  subject,
  table,
  type Unit,
} from '../../src/domain/index.js';
import { settle } from '../../src/method/settle.js';
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
const adding = (text: ReturnType<typeof say>): Result => having(paragraph(text));
const having = (...blocks: Block[]): Result => settle({ ...sample, extras: { caching: blocks } });
/** What is found in a result, as `output: number`. */
const finds = (result: Result): string[] => check(result).map((f) => `${f.output}: ${f.number}`);
/** What is found when a whole output is changed after it was rendered. */
const findsIn = (change: (text: string) => string): string[] => {
  const [markdown, html] = [renderMarkdown(sample), renderHtml(sample)];
  const changed = [change(markdown), change(html)] as const;
  expect(changed).not.toEqual([markdown, html]);
  return looseNumbers(sample, ...changed).map((f) => `${f.output}: ${f.number}`);
};

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

  it.each([
    ['prose', paragraph(say`The pool takes 37 connections.`)],
    ['a heading', { kind: 'heading', text: say`What the 37 do` }],
    ['a list', { kind: 'list', items: [say`at most 37`] }],
    ['a list that looks like a numbered one', { kind: 'list', items: [say`37. the pool`] }],
    ['a cell of a table', table(['Pool', '> Size'], [[say`app`, say`37`]])],
    ['the caption of a table', table(['Pool'], [[say`app`]], say`Of 37 pools`)],
    ['the fold of a detail', { kind: 'details', summary: say`Now 37 pools`, blocks: [] }],
    ['code', code('sql', say`SELECT * FROM pools LIMIT 37;`)],
    ['a comment in code', code('javascript', say`open(); // at most 37 a second`)],
    ['an option in a command', code('sh', say`pgbench -c 37 shop`)],
    ['a configuration', code('yaml', say`replicas: 37`)],
    ['code of a language that it does not know', code('', say`size 37`)],
    ['the caption of code', code('sh', say`ls`, say`For 37 pools`)],
  ] as [string, Block][])('finds a number of nobody in %s', (_, block) => {
    const [fold, ...found] = [...new Set(finds(having(block)))].sort();
    expect([fold, ...found]).toEqual(['html: 37', 'markdown: 37']);
  });

  it('finds a number in what a chart says: its title, its line, its rows and the words read aloud for it', () => {
    const found = finds({ ...sample, verdict: { ...sample.verdict, text: say`p99 rose by 37 percent` } });
    expect(new Set(found)).toEqual(new Set(['html: 37', 'markdown: 37']));
    for (const [what, changed] of [
      ['text of a drawing', /(<text [^>]*>)/],
      ['label of a bar', /(<span class="bar-label">)/],
      ['heading of a figure', /(<figcaption><h2>)/],
    ] as const)
      expect(
        findsIn((t) => t.replace(changed, '$1over 37 of ')),
        what,
      ).toEqual(['html: 37']);
  });

  it.each([
    ['aria-label="', 'the words for a drawing'],
    ['role="img" aria-label="', 'the image'],
    ['aria-label="Table: ', 'the words for a table'],
    ['data-label="', 'the head of a cell on a phone'],
  ])('finds a number planted after %s', (at) => {
    const found = findsIn((t) => t.replace(at, `${at}37 of `));
    // The words as a whole are no longer those of the report, so none of their numbers is.
    expect(found).toContain('html: 37');
    expect(found.filter((f) => f.startsWith('markdown'))).toEqual([]);
  });

  it('finds a number planted into an attribute that a reader sees', () => {
    expect(findsIn((t) => t.replace('<p class="verdict"', '<p title="37 ms" class="verdict"'))).toEqual([
      'html: 37',
    ]);
  });

  it('finds a number that was changed after the report was rendered', () => {
    // The same digits elsewhere in the report do not make it right.
    const p99 = '1\u202f800\u202fms';
    expect(findsIn((t) => t.replace(`>${p99}</a>`, '>480\u202fms</a>'))).toEqual(['html: 480\u202fms']);
    expect(findsIn((t) => t.replace(new RegExp(`^(\\*\\*.*)${p99}`, 'm'), '$1480 000\u202fms'))).toContain(
      'markdown: 480',
    );
  });

  it('takes a bare figure in the scale that its place asks for, and in no other', () => {
    const wait = measured({ name: 'wait', subject: subject('system', 's'), value: 5000, unit: 'ms' }, []);
    const five = bareNumber(wait, 1e-3, String);
    expect(five.n).toBe('5');
    expect(finds(having(code('yaml', say`timeout: ${five}s`)))).toEqual([]);
    expect(finds(having(code('yaml', say`timeoutSeconds: ${five}`)))).toEqual([]);
    expect(finds(having(code('yaml', say`timeout: ${five}ms`)))).toContain('markdown: 5');
    expect(finds(having(code('yaml', say`timeout: ${{ n: '5', ref: wait.id, fact: wait }}`)))).toEqual([
      'markdown: 5',
      'html: 5',
    ]);
    expect(finds(having(paragraph(say`It takes ${{ n: '5', ref: wait.id, fact: wait }}.`)))).toHaveLength(2);
    expect(finds(having(code('yaml', say`timeout: ${num(wait, { display: '5\u202fs' })}`)))).toEqual([]);
    expect(finds(having(code('yaml', say`timeout: ${num(wait, { display: '50\u202fs' })}`)))).toHaveLength(2);
  });

  it('takes a constant in code where it is declared with its source, and nowhere else', () => {
    const batch = constant('outbox.batch', 100, 'count', 'Method: a batch that fits one transaction');
    const right = say`SELECT id FROM outbox LIMIT ${bareNumber(batch, 1, String)}`;
    expect(finds(having(code('sql', right)))).toEqual([]);
    expect(finds(having(code('sql', say`${right}; SELECT pg_sleep(100)`)))).toEqual([
      'markdown: 100',
      'html: 100',
    ]);
  });

  it('takes the grammar of a language, and no number that only looks like it', () => {
    expect(finds(having(code('sql', say`SELECT a / NULLIF(b, 0), $1 FROM t`)))).toEqual([]);
    expect(finds(having(code('sh', say`run "$1" 2>/dev/null`)))).toEqual([]);
    expect(finds(having(code('javascript', say`let waiting = 0;`)))).toEqual([]);
    expect(finds(having(code('javascript', say`let waiting = 7;`)))).toEqual(['markdown: 7', 'html: 7']);
    expect(finds(having(code('sql', say`SELECT a / NULLIF(b, 7) FROM t`)))).toHaveLength(2);
  });

  it('takes a name with digits only from the case, so that no figure hides in one', () => {
    expect(finds(adding(say`It runs ${name('37 workers')}.`))).toEqual(['markdown: 37']);
    expect(finds(adding(say`Ask for ${name(sample.case.appName)}.`))).toEqual([]);
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
    expect(agrees('0.71', fact(0.7134, 'ratio'))).toBe(false);
    expect(agreesWith('0.71', fact(0.7134, 'ratio'), 'ratio')).toBe(true);
    expect(agrees('71', fact(0.7134, 'ratio'))).toBe(false);
    expect(agreesWith('71', fact(0.7134, 'ratio'), '%')).toBe(true);
    expect(agrees('480 KB', fact(480, 'ms'))).toBe(false);
    expect(agrees('480', fact(480, 'ms'))).toBe(false);
    expect(agrees('480', fact(480, 'count'))).toBe(true);
    expect(agrees('4 000/s', fact(3800, '1/s'))).toBe(false);
    expect(agrees('+5 %', fact(0.05, 'ratio'))).toBe(true);
    expect(agrees('−5 %', fact(0.05, 'ratio'))).toBe(false);
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
