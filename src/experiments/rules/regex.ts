const COMPILED = new Map<string, RegExp>();

/** A regular expression of a label matcher: anchored at both ends, dots match line breaks (RE2). */
export function anchored(source: string): RegExp {
  let found = COMPILED.get(source);
  if (!found) {
    const insensitive = source.startsWith('(?i)');
    found = new RegExp(`^(?:${insensitive ? source.slice(4) : source})$`, insensitive ? 'is' : 's');
    COMPILED.set(source, found);
  }
  return found;
}
