import type { Layer, Subject } from '../domain/index.js';
import { productEntry, type Recognised, recognise } from '../knowledge/index.js';

/** What the case needs to know of a product. */
export interface ProductKind {
  id: string;
  name: string;
  kind: Subject['kind'];
  layer: Layer;
  runtime?: string;
  /** A web framework. */
  web: boolean;
  /**
   * - `part`: something requests meet: a database, cache, queue, third party, job runner;
   * - `platform`: what services are written in or with; `host`: where they run;
   * - `library`: inside a service; `tool`: watches or loads it.
   */
  use: 'part' | 'platform' | 'host' | 'library' | 'tool';
}

/** Products named in the text, in order, not overlapping, with a version where one follows. */
export const productsIn = (text: string): Recognised[] =>
  recognise(text).flatMap((hit) => {
    if (productOf(hit.product)?.use !== 'tool') return [hit];
    // "MySQL slow query log" names a database beside the tool.
    const first = text.slice(hit.start, hit.end).split(/\s/, 1)[0] ?? '';
    const inner = first.length < hit.end - hit.start ? recognise(first)[0] : undefined;
    return inner && productOf(inner.product)?.use === 'part'
      ? [{ ...inner, start: hit.start + inner.start, end: hit.start + inner.end }]
      : [hit];
  });

/** What the knowledge data say of the product. */
export function productOf(id: string): ProductKind | undefined {
  const entry = productEntry(id);
  if (!entry) return undefined;
  const has = (...traits: string[]): boolean => traits.some((t) => entry.traits.includes(t));
  const use: ProductKind['use'] = has('tool')
    ? 'tool'
    : has('runtime', 'framework', 'web-server', 'protocol')
      ? 'platform'
      : has('library') && !has('connection-pooler', 'job-queue')
        ? 'library'
        : entry.kind === 'host' || has('serverless')
          ? 'host'
          : 'part';
  return {
    id,
    name: entry.name,
    kind: entry.kind,
    layer: entry.layer,
    ...(entry.runtime === undefined ? {} : { runtime: entry.runtime }),
    web: has('web'),
    use,
  };
}
