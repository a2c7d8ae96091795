import { describe, expect, it } from 'vitest';
import { renderMarkdown } from '../../src/report/markdown.js';
import { codeBlock, codeSpan, escapeLineStart, escapeText } from '../../src/report/markdown-escape.js';
import { bare, sample, statedOnly } from '../fixtures/report/sample.js';

describe('the report as Markdown', () => {
  it.each([
    ['sample', sample],
    ['stated-only', statedOnly],
    ['bare', bare],
  ])('keeps to its golden text: %s', async (id, result) => {
    await expect(renderMarkdown(result)).toMatchFileSnapshot(`../fixtures/report/${id}.golden.md`);
  });

  it('is the same text for the same result', () => {
    expect(renderMarkdown(sample)).toBe(renderMarkdown(structuredClone(sample)));
  });

  it('has the ten sections as numbered headings', () => {
    const headings = renderMarkdown(sample).match(/^## \d+\. .+$/gm);
    expect(headings).toHaveLength(10);
    expect(headings?.[0]).toBe('## 1. Scenario and hypotheses');
  });

  it('lets no tag of a name or a quote through', () => {
    const outsideCode = renderMarkdown(sample)
      .replace(/^(`{3,})[^\n]*\n[\s\S]*?\n\1$/gm, '')
      .replace(/(`+)(?!`)(.*?)(?<!`)\1(?!`)/g, '');
    expect(outsideCode).not.toMatch(/<(?!\/?(?:details|summary|code)>)[a-z/]/i);
  });

  it('keeps a table whole whatever a name holds', () => {
    const row = renderMarkdown(sample)
      .split('\n')
      .find((l) => l.includes('is too small'));
    expect(row?.replace(/\\\|/g, '').split('|')).toHaveLength(5);
  });
});

describe('escaping for Markdown', () => {
  it.each([
    ['<script>', '&lt;script&gt;'],
    ['[a](javascript:x)', '\\[a\\](javascript:x)'],
    ['a|b', 'a\\|b'],
    ['*bold* `code`', '\\*bold\\* \\`code\\`'],
    ['http://x.example', 'http&#58;//x.example'],
    ['@someone', '&#64;someone'],
    ['two\nlines', 'two lines'],
    ['a\u001b[31m\u202eb', 'a\\[31mb'],
  ])('%j', (text, escaped) => {
    expect(escapeText(text)).toBe(escaped);
  });

  it.each([
    ['- not a list', '\\- not a list'],
    ['1. not a list', '1\\. not a list'],
    ['# not a heading', '\\# not a heading'],
    ['a - b = c', 'a - b = c'],
    ['−5 % is no list', '−5 % is no list'],
  ])('at the start of a line: %j', (text, escaped) => {
    expect(escapeLineStart(text)).toBe(escaped);
  });

  it('fences code that holds fences', () => {
    expect(codeBlock('md', '```\nx\n```')).toBe('````md\n```\nx\n```\n````');
    expect(codeSpan('a`b``c')).toBe('```a`b``c```');
    expect(codeSpan('`a`')).toBe('`` `a` ``');
    expect(codeSpan('a\\|b')).toBe('<code>a&#92;&#124;b</code>');
  });

  it('takes no language with a space or a quote', () => {
    expect(codeBlock('js" onload', 'x').split('\n')[0]).toBe('```jsonload');
  });
});
