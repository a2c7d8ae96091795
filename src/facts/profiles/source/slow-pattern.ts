const UNBOUNDED = /^(?:[*+]|\{\d+,\})/;

/**
 * Why a backtracking matcher may take time that grows exponentially with the text: a repetition within a repetition
 * (`(a+)+`), or a repeated choice whose branches can match the same text. `undefined` when neither is there.
 */
export function slowPattern(pattern: string): string | undefined {
  const open: { repeats: boolean; branches: string[] }[] = [];
  let inClass = false;
  let branch = '';
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern.charAt(i);
    if (c === '\\') {
      branch += pattern.slice(i, i + 2);
      i++;
    } else if (inClass) {
      if (c === ']') inClass = false;
      branch += c;
    } else if (c === '[') {
      inClass = true;
      branch += c;
    } else if (c === '(') {
      open.push({ repeats: false, branches: [] });
      branch = '';
      i += /^\(\?(?:[:=!]|<[=!]|<\w+>)/.exec(pattern.slice(i))?.[0].length ?? 1;
      i--;
    } else if (c === '|') {
      open.at(-1)?.branches.push(branch);
      branch = '';
    } else if (c === ')') {
      const group = open.pop();
      const repeated = UNBOUNDED.test(pattern.slice(i + 1));
      if (group && repeated && group.repeats) return 'a repetition within a repetition';
      if (group && repeated && overlaps([...group.branches, branch]))
        return 'a repeated choice between overlapping branches';
      const outer = open.at(-1);
      if (outer && (repeated || group?.repeats)) outer.repeats = true;
      branch = '';
    } else {
      const above = open.at(-1);
      if (above && UNBOUNDED.test(pattern.slice(i)) && i > 0) above.repeats = true;
      branch += c;
    }
  }
  return undefined;
}

/** Two branches that begin alike can both match where one does. */
function overlaps(branches: readonly string[]): boolean {
  const heads = branches.map((b) => b.slice(0, b.startsWith('\\') ? 2 : 1)).filter((h) => h !== '');
  return branches.length > 1 && (new Set(heads).size < heads.length || heads.some((h) => h === '.'));
}
