import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { plain, type Result } from '../src/domain/index.js';
import { renderJson } from '../src/report/json.js';
import { renderMarkdown } from '../src/report/markdown.js';
import { EXAMPLES, resultOf } from './prompts.js';

/** What a reviewer wants to see move, and the digest of everything else. */
function digest(result: Result): string {
  const lines = [
    `verdict ${result.verdict.kind}: ${plain(result.verdict.text)}`,
    ...result.readings.map((r) => `reading ${r.weight.toFixed(2)} ${r.id}`),
    ...result.findings.map((f) => `finding ${f.verdict} ${f.probability.toFixed(2)} ${plain(f.title)}`),
    ...result.recommendations.map((r) => `change ${r.rank} ${plain(r.title)}`),
    ...result.deliverables.map((d) => `file ${d.path}`),
    `facts ${result.facts.length}`,
    `sha256 ${createHash('sha256').update(renderJson(result)).digest('hex')}`,
  ];
  return `${lines.join('\n')}\n`;
}

describe('the golden reports', () => {
  it.each(EXAMPLES)('$id is as it was; `npm run golden -- -u` writes it anew', async ({ id, text }) => {
    const result = await resultOf(text);
    await expect(renderMarkdown(result)).toMatchFileSnapshot(`./golden/${id}.md`);
    await expect(digest(result)).toMatchFileSnapshot(`./golden/${id}.digest.txt`);
  });
});
