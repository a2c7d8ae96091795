import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Refusal } from '../refusal.js';
import type { Plan } from './plan.js';
import { type ReadStatement, readStatement, type Statement } from './statement.js';

/** Where approvals of a project lie, one file each, to be committed. */
export const APPROVALS_FOLDER = '.kneepoint/approvals';
const SUFFIX = '.approval.txt';

/** Writes a statement as a new file; never over another one. */
export function keepStatement(folder: string, statement: Statement, text: string): string {
  mkdirSync(folder, { recursive: true });
  const plain = (word: string): string => word.replace(/[^A-Za-z0-9-]+/g, '-').slice(0, 40);
  const name = `${statement.plan.slice(0, 12)}-${plain(statement.role)}-${plain(statement.by)}-${statement.decision}-${plain(statement.at)}${SUFFIX}`;
  const path = join(folder, name);
  try {
    writeFileSync(path, text, { flag: 'wx' });
  } catch (error) {
    throw new Refusal(
      `The decision could not be written: ${error instanceof Error ? error.message : String(error)}.`,
      path,
      'Check the folder and its rights.',
    );
  }
  return path;
}

export interface Kept {
  read: ReadStatement[];
  /** Files that are no statements, and why. */
  unreadable: { file: string; why: string }[];
}

/** All statements of a folder that speak of a recommendation; none when there is no folder. */
export function keptStatements(folder: string, plan: Plan): Kept {
  let files: string[];
  try {
    files = readdirSync(folder)
      .filter((f) => f.endsWith(SUFFIX))
      .sort();
  } catch {
    return { read: [], unreadable: [] };
  }
  const kept: Kept = { read: [], unreadable: [] };
  for (const file of files) {
    try {
      const read = readStatement(readFileSync(join(folder, file), 'utf8'), join(folder, file));
      if (read.statement.recommendation === plan.recommendation) kept.read.push(read);
    } catch (error) {
      kept.unreadable.push({ file, why: error instanceof Error ? error.message : String(error) });
    }
  }
  return kept;
}
