import type { Result } from '../domain/index.js';
import { compose } from './compose.js';
import { looseInHtml } from './numbers/in-html.js';
import { looseInMarkdown } from './numbers/in-markdown.js';
import type { LooseNumber } from './numbers/loose.js';
import { looseInSegments } from './numbers/segments.js';

export { agrees } from './numbers/agrees.js';
export type { LooseNumber } from './numbers/loose.js';

/**
 * Every number of both outputs that leads to no fact, stated input, forecast or documented constant of the result, or
 * does not agree with it: in prose, tables, charts, code, commands and attributes that a reader sees.
 */
export function looseNumbers(result: Result, markdown: string, html: string): LooseNumber[] {
  const report = compose(result);
  return [...looseInSegments(report), ...looseInMarkdown(report, markdown), ...looseInHtml(report, html)];
}
