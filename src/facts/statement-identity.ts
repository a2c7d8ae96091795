import { fingerprintSync, loadModule } from 'libpg-query';

/** Placeholders of the engine's normal form (`?`, `?..` for a list) as parameters that the parser takes. */
const asParameters = (statement: string): string =>
  statement.replace(/\?\.\./g, '$1').replace(/(?<![\w?])\?(?![\w?|&])/g, '$1');

/**
 * Gives one text to all statements that mean the same: those with an equal fingerprint of PostgreSQL's own parser
 * share the text that was met first. What it cannot parse (other dialects, texts cut short) stands for itself.
 */
export async function statementIdentity(): Promise<(statement: string) => string> {
  await loadModule();
  const firstOf = new Map<string, string>();
  const known = new Map<string, string>();
  return (statement) => {
    const before = known.get(statement);
    if (before !== undefined) return before;
    const key = fingerprintOf(statement);
    const text = key === undefined ? statement : (firstOf.get(key) ?? statement);
    if (key !== undefined) firstOf.set(key, text);
    known.set(statement, text);
    return text;
  };
}

/** The parser's fingerprint; `undefined` for what is no complete statement of PostgreSQL. */
export function fingerprintOf(statement: string): string | undefined {
  if (statement.trim() === '' || /(\.{3}|…)\s*$/.test(statement)) return undefined;
  try {
    return fingerprintSync(asParameters(statement));
  } catch {
    return undefined;
  }
}
