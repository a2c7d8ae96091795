import { describe, expect, it } from 'vitest';
import { investigate } from '../../src/investigate/investigate.js';
import { renderHtml } from '../../src/report/html.js';
import { renderMarkdown } from '../../src/report/markdown.js';
import { looseNumbers } from '../../src/report/numbers.js';
import { PROMPTS } from './cases.js';

describe.each(PROMPTS)('the report of %s', (_, caseText) => {
  it('lists every file with its command, and every number leads to a fact', async () => {
    const { result } = await investigate({ caseText, evidence: [], redact: true });
    const markdown = renderMarkdown(result);
    for (const d of result.deliverables) expect(markdown, d.path).toContain(d.path);
    expect(looseNumbers(result, markdown, renderHtml(result))).toEqual([]);
  });

  it('says what a run must pass and what to break, with the names of the case', async () => {
    const { result } = await investigate({ caseText, evidence: [], redact: true });
    expect(Object.keys(result.extras)).toEqual(expect.arrayContaining(['harness', 'monitoring']));
  });
});
