import { isObject } from '../../readers/sample.js';
import { AskFault } from '../live/fault.js';
import type { Answer, Question } from '../live/http.js';
import { parseJson, searchOf, wordsOf } from '../live/http.js';

/** Prometheus' HTTP API: a query goes as a form by POST, because selectors outgrow a URL. */
export const form = (path: string, parameters: readonly (readonly [string, string])[]): Question => ({
  method: 'POST',
  path,
  body: searchOf(parameters),
});

/** `data` of a successful answer. Warnings of a distributed system mean that a part is missing. */
export function dataOf(answer: Answer): { data: unknown; warnings: readonly string[] } {
  const value = parseJson(answer);
  if (!isObject(value) || value.status !== 'success')
    throw new AskFault(
      'malformed',
      `its answer is no success: ${wordsOf(answer.bytes.toString('utf8', 0, 2000))}`,
    );
  const warnings = Array.isArray(value.warnings) ? value.warnings.map(String) : [];
  return { data: value.data, warnings };
}

/** A label value within a selector. */
export const quoted = (text: string): string => JSON.stringify(text);
/** A name within a regular expression of a selector. */
export const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** A selector of metrics by name, with the matchers of the user. */
export function selectorOf(names: readonly string[], match: string | undefined): string {
  const inner =
    match
      ?.trim()
      .replace(/^\{|\}$/g, '')
      .trim() ?? '';
  const byName =
    names.length === 1
      ? `__name__=${quoted(names[0] ?? '')}`
      : `__name__=~${quoted(names.map(literal).join('|'))}`;
  return `{${byName}${inner === '' ? '' : `,${inner}`}}`;
}

/** Words in which a server says that a query would load too much: 422 of Prometheus and Thanos, 400 and 422 of Mimir and VictoriaMetrics. */
export const saysTooMuch = (status: number, body: string): boolean =>
  (status === 400 || status === 422 || status === 413 || status === 503) &&
  /too many (?:samples|points|series|unique)|exceeded maximum resolution|exceed(?:s|ed)? (?:the )?(?:maximum|limit)|max(?:imum)? number of (?:series|chunks|samples)|the query (?:hit|exceeded)|would load too many|maxSamplesPerQuery|maxUniqueTimeseries|-search\.max/i.test(
    body,
  );
