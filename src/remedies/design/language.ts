import type { Component, Context } from '../../domain/index.js';
import { productEntry } from '../../knowledge/index.js';

/** Languages that designs are written in; other runtimes get the design in words. */
export type Language = 'javascript' | 'java' | 'python' | 'go' | 'csharp';

const BY_RUNTIME: Record<string, Language> = {
  nodejs: 'javascript',
  jvm: 'java',
  python: 'python',
  go: 'go',
  dotnet: 'csharp',
};

/** The runtime of a component: as read, else what its product runs on. */
export const runtimeOf = (c: Component | undefined): string | undefined =>
  c?.runtime ?? (c?.product === undefined ? undefined : productEntry(c.product)?.runtime);

/** The language of a service, else of the only runtime that the case names. */
export function languageOf(context: Context, c: Component | undefined): Language | undefined {
  const own = runtimeOf(c);
  if (own !== undefined) return BY_RUNTIME[own];
  const all = new Set(context.components.map(runtimeOf).filter((r) => r !== undefined));
  const only = all.size === 1 ? [...all][0] : undefined;
  return only === undefined ? undefined : BY_RUNTIME[only];
}

/** True when any component is, or runs on, the product. */
export const uses = (context: Context, ...products: string[]): boolean =>
  context.components.some((c) => products.includes(c.product ?? '') || products.includes(runtimeOf(c) ?? ''));

/** SQL as the database of the case speaks it. */
export type Dialect = 'postgresql' | 'mysql' | 'sqlserver' | 'oracle';

/** The dialect of a database, by its product or what that is like; nothing for databases without SQL. */
export function dialectOf(c: Component | undefined): Dialect | undefined {
  let id = c?.product;
  for (let steps = 0; id !== undefined && steps < 4; steps++) {
    if (id === 'postgresql' || id === 'mysql' || id === 'sqlserver' || id === 'oracle') return id;
    id = productEntry(id)?.like;
  }
  return undefined;
}
