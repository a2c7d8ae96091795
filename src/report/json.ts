import { type Result, resultSchema } from '../domain/index.js';

/**
 * The result as JSON: the keys of each object in the order of the published schema, two spaces deep, one newline at
 * the end. Throws when the result does not keep to the schema, so that no consumer meets it first.
 */
export function renderJson(result: Result): string {
  return `${JSON.stringify(resultSchema.parse(result), null, 2)}\n`;
}
