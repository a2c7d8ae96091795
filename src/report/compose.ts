import type { Fact, Result } from '../domain/index.js';
import { backOf, factsReached, type InputView, inputsNotGiven, inputViews } from './back.js';
import { type Front, frontOf } from './front.js';
import { lookupOf } from './lookup.js';
import { aboutTheCase, frontAboutTheCase, ofTheCase } from './of-the-case.js';
import type { Lookup, Section } from './page.js';
import { withoutRepeats } from './repeats.js';
import { sectionsOf } from './sections/index.js';
import { TALLY } from './words.js';

/** The whole report, before any renderer. */
export interface Report {
  look: Lookup;
  front: Front;
  sections: Section[];
  back: Section[];
  inputs: InputView[];
  inputsNotGiven: string[];
  /** The facts that the report rests on, in the order of the result. */
  facts: Fact[];
  /** Facts of the result that nothing in the report needs. */
  otherFacts: number;
}

export function compose(result: Result): Report {
  const look = lookupOf(result);
  const own = ofTheCase(look);
  const front = frontAboutTheCase(frontOf(look), own);
  const sections = withoutRepeats(aboutTheCase(sectionsOf(look), own));
  const back = backOf(look);
  const inputs = inputViews(look);
  const refs = new Set<string>();
  collect([front, sections, back], refs);
  for (const input of inputs) for (const fact of input.facts) refs.add(fact.id);
  refs.delete(TALLY);
  const facts = factsReached(look, refs);
  return {
    look,
    front,
    sections,
    back,
    inputs,
    inputsNotGiven: inputsNotGiven(look),
    facts,
    otherFacts: result.facts.length - facts.length,
  };
}

/** Every `ref` of a number below `value`. */
export function collect(value: unknown, refs: Set<string>): void {
  if (Array.isArray(value)) for (const item of value) collect(item, refs);
  else if (value !== null && typeof value === 'object') {
    if ('n' in value && 'ref' in value && typeof value.ref === 'string') refs.add(value.ref);
    else for (const item of Object.values(value)) collect(item, refs);
  }
}
