import { name, type Segment, say, type Text } from '../../domain/index.js';
import type { Awaited, Turn } from './after-answer.js';
import type { Purpose } from './purpose.js';

/** The answer to “may it be done later?”, in a word or two. */
export const TURN_WORDS: Readonly<Record<Turn, string>> = {
  after: 'after the answer',
  before: 'before it',
  untested: 'untested: who uses the answer?',
};

const BY_PURPOSE: Readonly<Record<Exclude<Purpose, 'write' | 'call'>, string>> = {
  'cache-fill': 'a cache fill: what it writes is in hand already',
  record: 'it keeps a record',
  notice: 'it tells somebody',
  analytics: 'it counts what happened',
  index: 'a write to a search index, which shows it at its next refresh anyway',
  message: 'a message: what comes of it is not waited for',
  outbox: 'a row of an outbox: what makes the rest safe to do later',
  read: 'asked for its answer',
  decision: 'it decides the answer',
  lock: 'it takes a lock',
  transaction: 'begins or ends a transaction',
  both: 'it decides the answer, or only tells of it: the name says both',
};

/** Why a call has its turn, as evidence. `count` shows a number of requests. */
export function whyAwaited(
  a: Awaited,
  count: (what: 'failed' | 'answeredAnyway', value: number) => Segment,
): Text {
  const { evidence: e } = a;
  const parts: Text[] = [];
  const { purpose, word } = a.told;
  if (purpose !== 'write' && purpose !== 'call')
    parts.push(
      word === undefined
        ? say`${BY_PURPOSE[purpose]}`
        : say`by its name (${name(word)}) ${BY_PURPOSE[purpose]}`,
    );
  if (e.accepted) parts.push(say`always answers ${name('202 Accepted')}, work to be done later`);
  else if (e.nothingReturned) parts.push(say`returns no body`);
  if (e.failed > 0 && a.turn !== 'before')
    parts.push(
      say`failed for good in ${count('failed', e.failed)} requests, of which ${count('answeredAnyway', e.answeredAnyway)} were answered without an error`,
    );
  if (a.turn !== 'before')
    parts.push(
      e.awaitedBy.length === 0
        ? say`nothing starts only after it`
        : say`${name(e.awaitedBy[0] ?? '')} never starts before it has ended`,
    );
  if (e.inTransaction && a.turn !== 'before')
    parts.push(
      a.kind === 'database'
        ? say`inside a transaction: done later it is no longer kept or undone with it`
        : say`inside a transaction, where a row of an outbox takes its place`,
    );
  return parts.flatMap((p, i) => (i === 0 ? p : ['; ', ...p]));
}
