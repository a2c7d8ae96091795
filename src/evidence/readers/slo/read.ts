import { FileError, isObject, readYaml } from '../yaml-file.js';
import { nodeAt } from './node.js';
import { isOpenSlo, readOpenSlo } from './openslo.js';
import { isSloth, readSloth } from './sloth.js';
import type { SloSpec } from './spec.js';

/** True for a text that claims to be an OpenSLO or Sloth specification. */
export function isSloSpec(text: string): boolean {
  return /^\s*(?:apiVersion:\s*["']?(?:openslo|sloth\.slok\.dev)|version:\s*["']?prometheus\/v)/im.test(text);
}

/** Reads OpenSLO v1 and Sloth, one or more documents. Throws `FileError` with the line. */
export function readSloSpecs(text: string): SloSpec[] {
  const docs = readYaml(text).filter((d) => d.value !== null && d.value !== undefined);
  const [first] = docs;
  if (!first) throw new FileError('the file is empty', 1, 'Give OpenSLO v1 or Sloth prometheus/v1.');
  for (const d of docs)
    if (!isObject(d.value) || !(isOpenSlo(d.value) || isSloth(d.value)))
      throw new FileError(
        'this is neither OpenSLO nor Sloth',
        d.lineOf([]),
        'Begin with "apiVersion: openslo/v1" or "version: prometheus/v1".',
      );
  const open = docs.filter((d) => isObject(d.value) && isOpenSlo(d.value)).map((d) => nodeAt(d));
  const sloth = docs.filter((d) => isObject(d.value) && isSloth(d.value)).map((d) => nodeAt(d));
  const specs = [...readOpenSlo(open), ...sloth.flatMap(readSloth)];
  if (specs.length === 0)
    throw new FileError('there is no SLO in the file', first.lineOf([]), 'Add a document of kind SLO.');
  return unlike(specs);
}

/** Ids that are given twice get a number. */
function unlike(specs: SloSpec[]): SloSpec[] {
  const seen = new Map<string, number>();
  return specs.map((s) => {
    const n = (seen.get(s.id) ?? 0) + 1;
    seen.set(s.id, n);
    return n === 1 ? s : { ...s, id: `${s.id}-${n}` };
  });
}
