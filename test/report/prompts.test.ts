import { describe, expect, it } from 'vitest';
import { renderHtml } from '../../src/report/html.js';
import { renderJson } from '../../src/report/json.js';
import { renderMarkdown } from '../../src/report/markdown.js';
import { looseNumbers } from '../../src/report/numbers.js';
import { EXAMPLES, PROMPTS, resultOf } from '../prompts.js';

describe('the report on a prompt alone', () => {
  it.each(PROMPTS)('leads every number to its fact and shows no broken one: $id', async ({ text }) => {
    const result = await resultOf(text);
    const markdown = renderMarkdown(result);
    const html = renderHtml(result);
    expect(looseNumbers(result, markdown, html)).toEqual([]);
    expect(markdown.match(/\bNaN\b|\bundefined\b|\bInfinity\b|∞|\[object/g)).toBeNull();
  });

  it.each(EXAMPLES.slice(0, 2))('is the same bytes when it is made again: $id', async ({ text }) => {
    const [a, b] = [await resultOf(text), await resultOf(text)];
    expect(renderJson(a)).toBe(renderJson(b));
    expect(renderMarkdown(a)).toBe(renderMarkdown(b));
    expect(renderHtml(a)).toBe(renderHtml(b));
  });

  it.each(PROMPTS)('has the ten sections in order, none empty: $id', async ({ text }) => {
    const markdown = renderMarkdown(await resultOf(text));
    const own = markdown.replace(/^(`{3,})[^\n]*\n[\s\S]*?\n\1$/gm, '');
    const sections = own.split(/^## /m).filter((s) => /^\d+\. /.test(s));
    expect(sections.map((s) => Number.parseInt(s, 10))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    for (const s of sections) expect(s.split('\n').slice(1).join('').trim()).not.toBe('');
  });

  it('stays readable on the example of the brief', async () => {
    const lines = renderMarkdown(await resultOf(EXAMPLES[0]?.text ?? '')).split('\n').length;
    expect(lines).toBeLessThan(901);
  });
});
