import { readFileSync } from 'node:fs';
import { planOf, type SloPlan } from '../deliverables/slo/plan.js';
import { ruleFile } from '../deliverables/slo/rules.js';
import { isSloSpec, readSloSpecs } from '../evidence/readers/slo/read.js';
import { FileError } from '../evidence/readers/yaml-file.js';
import { type RuleGroup, readRuleFile } from '../experiments/rules/rule-file.js';
import { EXIT, UserError } from './exit.js';

const LIMIT_BYTES = 500_000_000;

/** A text of a file the user named. */
export function readText(path: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch {
    throw new UserError(
      EXIT.badInput,
      'This file cannot be read.',
      path,
      'Check the path and its permissions.',
    );
  }
  if (bytes.length > LIMIT_BYTES)
    throw new UserError(
      EXIT.badInput,
      `This file has ${bytes.length} bytes.`,
      path,
      'Give a shorter range of time.',
    );
  return bytes.toString('utf8');
}

/** Runs a reader; what is wrong in the file becomes an error with its line. */
export function inFile<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof FileError)
      throw new UserError(
        EXIT.badInput,
        `${sentence(error.what)}.`,
        `${path}, line ${error.line}`,
        error.todo,
      );
    throw error;
  }
}
const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

export const plansOf = (path: string, text = readText(path)): SloPlan[] =>
  inFile(path, () => readSloSpecs(text).map(planOf));

/** Rules of a file, or those we write from a specification. */
export function groupsOf(path: string): { groups: RuleGroup[]; plans: SloPlan[] } {
  const text = readText(path);
  if (!isSloSpec(text)) return { groups: inFile(path, () => readRuleFile(text)), plans: [] };
  const plans = plansOf(path, text);
  return { groups: readRuleFile(ruleFile(plans)), plans };
}
