import { z } from 'zod';
import type { Fault } from './numbers.js';
import { numberFault } from './numbers.js';
import type { Sheet } from './sheet.js';

export const sentenceSchema = z.object({
  text: z.string().min(1).max(400),
  /** Findings or facts that it speaks of. */
  about: z.array(z.string().max(300)).min(1).max(8),
});
export type Sentence = z.infer<typeof sentenceSchema>;

/** Nothing that a reader could follow, run or mistake for our own markup. */
const NOT_PROSE = /https?:|www\.|[<>`{}[\]|]|\$\(|&&|;\s*\w+\s+-|^\s*#/i;
/** Words that speak to a reader or a machine instead of about the system. */
const COMMANDS =
  /\b(?:ignore|disregard|forget)\b.{0,40}\b(?:instruction|previous|above|rule|report|finding)s?|\bsystem prompt\b|\bas an ai\b/i;

/** Why a sentence is dropped. What it says in words is not checked: it is shown as a model's, beside what code settled. */
export function sentenceFault({ text, about }: Sentence, sheet: Sheet): Fault {
  if (NOT_PROSE.test(text)) return 'it holds a link, code or markup';
  if (COMMANDS.test(text)) return 'it gives an instruction';
  if (/[^\P{C}]/u.test(text)) return 'it holds characters that a reader cannot see';
  const known = new Set([...sheet.findings, ...sheet.facts.map((f) => f.id)]);
  const stranger = about.find((id) => !known.has(id));
  if (stranger !== undefined) return 'it speaks of what was not found';
  return numberFault(text, sheet.facts, sheet.names);
}
