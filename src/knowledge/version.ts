/** True when `version` lies in a range such as `>=3.0 <4.0`. Parts that the version leaves out count as 0. */
export function versionInRange(version: string, range: string): boolean {
  const own = partsOf(version);
  return range.split(' ').every((clause) => {
    const [, operator, bound] = /^(>=|<=|>|<|=)(.+)$/.exec(clause) ?? [];
    if (operator === undefined || bound === undefined) return false;
    const order = compare(own, partsOf(bound));
    switch (operator) {
      case '>=':
        return order >= 0;
      case '<=':
        return order <= 0;
      case '>':
        return order > 0;
      case '<':
        return order < 0;
      default:
        return order === 0;
    }
  });
}

const partsOf = (version: string): number[] =>
  version
    .replace(/^[^\d]*/, '')
    .split('.')
    .map((part) => Number.parseInt(part, 10) || 0);

function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
