import { existsSync } from 'node:fs';
import { isAbsolute, join, relative } from 'node:path';
import type { CaseSource, CaseSystem } from '../case/index.js';
import type { Problem, Source } from '../domain/index.js';

interface Named {
  evidence: { path: string; role: Source['role'] }[];
  /** Systems to ask; who does so must be told to. */
  systems: CaseSystem[];
  problems: Problem[];
}

/**
 * The sources that a case file names, as paths below its folder. A case may come from somebody else: a path that
 * leads out of the folder, or to nothing, is a problem and is not opened.
 */
export function sourcesOfCase(sources: readonly CaseSource[], folder: string | undefined): Named {
  const named: Named = { evidence: [], systems: [], problems: [] };
  for (const source of sources) {
    if ('system' in source) {
      named.systems.push(source);
      continue;
    }
    const { path, role } = source;
    const whole = join(folder ?? '.', path);
    const inside = relative(folder ?? '.', whole);
    const where = `case.yaml, sources: ${path.slice(0, 120)}`;
    if (isAbsolute(path) || inside === '..' || inside.startsWith('../') || inside.startsWith('..\\'))
      named.problems.push({
        severity: 'error',
        what: 'A source named in a case must lie below the folder of the case.',
        where,
        todo: 'Give it on the command line with --evidence or --baseline.',
      });
    else if (!existsSync(whole))
      named.problems.push({
        severity: 'error',
        what: 'The case names a source that is not there.',
        where,
        todo: 'Check the path; it counts from the folder of the case file.',
      });
    else named.evidence.push({ path: whole, role: role ?? 'unspecified' });
  }
  return named;
}
