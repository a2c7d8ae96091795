import { type Cell, derived, type Fact } from '../../../domain/index.js';
import { statementSubject } from '../../span-kind.js';
import { fingerprintOf } from '../../statement-identity.js';
import { loadParser } from './syntax.js';

/** What plans, counters and logs tell of a statement that causes are judged by. Durations are the traces’ own to tell. */
const TOLD_AGAIN = new Set([
  'rows.perCall',
  'rows.discarded.ratio',
  'estimate.factor',
  'temp.perCall',
  'temp.share',
  'compile.share',
  'heapFetches.ratio',
  'workers.missing.ratio',
  'workers.missing.share',
  'lock.wait.longest',
  'lock.wait.times',
]);

/**
 * Facts of plans, counters and logs once more, about the statements of the traces that mean the same by PostgreSQL's own
 * parser: traces write a statement with its placeholders, a log with its values.
 */
export async function onTracedStatements(cells: readonly Cell[], facts: readonly Fact[]): Promise<Fact[]> {
  await loadParser();
  const traced = new Map<string, ReturnType<typeof statementSubject>>();
  for (const cell of cells) {
    const key = cell.statement === undefined ? undefined : fingerprintOf(cell.statement);
    if (cell.statement !== undefined && key !== undefined && !traced.has(key))
      traced.set(key, statementSubject(cell.statement, cell.service));
  }
  if (traced.size === 0) return [];
  return facts.flatMap((fact) => {
    if (fact.subject.kind !== 'statement' || !TOLD_AGAIN.has(fact.name)) return [];
    const about = traced.get(fingerprintOf(fact.subject.name) ?? '');
    if (!about || about.id === fact.subject.id) return [];
    const { name, value, unit, phase } = fact;
    return [
      derived({ name, subject: about, value, unit, phase }, 'told of the same statement, by its meaning', [
        fact,
      ]),
    ];
  });
}
