import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import type { InvestigationInput } from '../investigate/investigate.js';
import { EXIT, UserError } from './exit.js';

/** Names a folder may have to say which time its telemetry is from. */
const BASELINE_FOLDERS = ['baseline', 'healthy', 'before', 'normal'];
const INCIDENT_FOLDERS = ['incident', 'faulty', 'after', 'slow'];
const CASE_FILES = ['case.yaml', 'case.yml', 'prompt.txt', 'case.txt', 'case.md'];
const CASE_ENDINGS = ['.txt', '.md', '.yaml', '.yml'];

type Inputs = Pick<InvestigationInput, 'caseText' | 'caseFolder' | 'evidence'>;

/**
 * Sorts what the user named into the case and the evidence. A text or YAML file is the case; anything else is
 * evidence. A folder may hold a case file, and folders named for the time they are from.
 */
export function sortInputs(
  paths: readonly string[],
  evidence: readonly string[],
  baseline: readonly string[],
): Inputs {
  const cases: string[] = [];
  const found: InvestigationInput['evidence'] = [];
  for (const path of paths) {
    mustExist(path);
    if (statSync(path).isDirectory()) folder(path, cases, found);
    else if (CASE_ENDINGS.includes(extname(path).toLowerCase())) cases.push(path);
    else found.push({ path, role: 'unspecified' });
  }
  for (const path of evidence) {
    mustExist(path);
    found.push({ path, role: 'incident' });
  }
  for (const path of baseline) {
    mustExist(path);
    found.push({ path, role: 'baseline' });
  }
  if (cases.length > 1)
    throw new UserError(
      EXIT.badInput,
      `Two cases were given: ${cases.map((c) => basename(c)).join(', ')}.`,
      cases.join(', '),
      'Name one case; give everything else with --evidence.',
    );
  const first = cases[0];
  if (first === undefined) return { evidence: found };
  return { evidence: found, caseText: readFileSync(first, 'utf8'), caseFolder: dirname(first) };
}

function folder(path: string, cases: string[], found: InvestigationInput['evidence']): void {
  const entries = readdirSync(path).sort();
  const caseFile = CASE_FILES.find((f) => entries.includes(f));
  if (caseFile) cases.push(join(path, caseFile));
  const roles = entries.flatMap((e) => {
    const role = BASELINE_FOLDERS.includes(e.toLowerCase())
      ? ('baseline' as const)
      : INCIDENT_FOLDERS.includes(e.toLowerCase())
        ? ('incident' as const)
        : undefined;
    return role && statSync(join(path, e)).isDirectory() ? [{ path: join(path, e), role }] : [];
  });
  if (roles.some((r) => r.role === 'incident')) {
    found.push(...roles);
    const changes = entries.filter((e) => /^(changes|deploys|deployments|flags|commits)\b/.test(e));
    found.push(...changes.map((e) => ({ path: join(path, e), role: 'unspecified' as const })));
    return;
  }
  const rest = entries.filter((e) => e !== caseFile);
  if (rest.length > 0 || !caseFile) found.push({ path, role: 'unspecified' });
}

function mustExist(path: string): void {
  if (!existsSync(path))
    throw new UserError(EXIT.badInput, `There is no file or folder ${path}.`, path, 'Check the path.');
}
