import type { Case, Text } from '../domain/index.js';

/** What is missing and would matter most, specific to the case. */
export function missingInputs(theCase: Case): { text: Text; matters: Text }[] {
  void theCase;
  return [];
}
