import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { paragraph, type Result, say, type Text, table } from '../../src/domain/index.js';
import { renderHtml } from '../../src/report/html.js';
import { renderMarkdown } from '../../src/report/markdown.js';
import { renderTerminal } from '../../src/report/terminal.js';
import { sample } from '../fixtures/report/sample.js';

const nasty = fc
  .array(
    fc.constantFrom(...'a<>&"\'`|\\[]()!*_~#\n\r\t\u0000\u001b\u202e/:=;{}-', '\\|', '```', '<!--', ']]>'),
    { maxLength: 24 },
  )
  .map((parts) => parts.join(''));
const anything = fc.oneof(nasty, fc.string({ unit: 'binary', maxLength: 20 }));

/** Where users' and machines' words can stand. */
function holding(text: string): Result {
  const words: Text = say`${{ name: text }} and ${{ quote: text }}`;
  return {
    ...sample,
    case: { ...sample.case, appName: text, inputs: { ...sample.case.inputs, workload: text } },
    verdict: { ...sample.verdict, text: words },
    problems: [{ severity: 'warning', what: text, where: text, todo: text }],
    extras: {
      caching: [
        table(['A', 'B'], [[words, words]]),
        { kind: 'details', summary: words, blocks: [paragraph(words)] },
        { kind: 'code', language: text, caption: words, text: [text] },
      ],
    },
  };
}

const tags = (html: string): string[] =>
  [...html.matchAll(/<\/?([a-z!][\w-]*)/gi)].map((m) => m[0].toLowerCase());

describe('text that nobody trusts', () => {
  const html = tags(renderHtml(holding('x')));

  it('adds no tag to the HTML, whatever it is', () => {
    fc.assert(
      fc.property(anything, (text) => {
        const extra = new Set(tags(renderHtml(holding(text))));
        for (const tag of html) extra.delete(tag);
        expect([...extra].filter((t) => !['<br'].includes(t))).toEqual([]);
      }),
      { numRuns: 60, seed: 1 },
    );
  });

  it('keeps the quotes of every attribute, whatever it is', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        const page = renderHtml(holding(text)).replace(/<(script|style)>[\s\S]*?<\/\1>/g, '');
        for (const [tag] of page.matchAll(/<[a-z][^>]*>/gi))
          expect(tag).toMatch(/^<[a-z][\w-]*(?:\s+[\w:-]+(?:="[^"<]*")?)*\s*\/?>$/i);
      }),
      { numRuns: 60, seed: 2 },
    );
  });

  it('leaves every table of the Markdown its columns, and every fence closed', () => {
    fc.assert(
      fc.property(anything, (text) => {
        const markdown = renderMarkdown(holding(text));
        const lines = markdown.split('\n');
        const at = lines.indexOf('| A | B |');
        expect(at).toBeGreaterThan(0);
        const row = (lines[at + 2] ?? '').replace(/\\[\\|]/g, '');
        expect(row.split('|')).toHaveLength(4);
        let open: string | undefined;
        for (const line of lines) {
          const fence = /^(`{3,})[^`]*$/.exec(line)?.[1];
          if (open === undefined) open = fence;
          else if (line === open) open = undefined;
        }
        expect(open).toBeUndefined();
      }),
      { numRuns: 80, seed: 3 },
    );
  });

  it('sends no control character to a terminal', () => {
    fc.assert(
      fc.property(anything, (text) => {
        const lines = renderTerminal(holding(text), { report: text, color: false });
        expect(lines).not.toMatch(/[^\P{Cc}\n]|[\u202a-\u202e]/u);
      }),
      { numRuns: 80, seed: 4 },
    );
  });
});
