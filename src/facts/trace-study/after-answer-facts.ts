import { type Block, type Fact, heading, name, num, range, say, subject, table } from '../../domain/index.js';
import { fromQuery, type Origin } from '../query-fact.js';
import type { WalkedTrace } from '../sections.js';
import { lengthOf } from '../traces.js';
import { type Awaited, awaitedCalls } from './after-answer.js';
import { TURN_WORDS, whyAwaited } from './why-awaited.js';

/** Share of a slow request from which it is worth a row; more where nobody can tell whether it may wait. */
const WORTH = 0.01;
const WORTH_ASKING = 0.1;
const MOST_ROWS = 5;

/** What slow requests need not wait for, as facts and the table that shows them; nothing when all of it has to come first. */
export function afterAnswerFacts(
  traces: readonly WalkedTrace[],
  entry: { service: string; operation: string },
  origin: Origin,
): { facts: Fact[]; blocks: Block[] } {
  const slow = traces.filter((t) => t.request.slow && t.request.phase === 'incident');
  if (slow.length === 0) return { facts: [], blocks: [] };
  const mean = slow.reduce((sum, t) => sum + lengthOf(t, t.root), 0) / slow.length;
  const shown = awaitedCalls(slow)
    .filter(
      (a) =>
        (a.turn === 'after' && a.savedMs >= WORTH * mean) ||
        (a.turn === 'untested' && a.savedMs >= WORTH_ASKING * mean),
    )
    .slice(0, MOST_ROWS);
  if (shown.length === 0) return { facts: [], blocks: [] };
  const rows = shown.map((a) => rowOf(a, origin));
  return {
    facts: rows.flatMap((r) => r.facts),
    blocks: [
      heading(say`What ${name(entry.operation)} need not wait for`),
      table(
        ['Call or statement', 'By', '> Shorter by', 'May be done', 'Evidence'],
        rows.map((r) => r.cells),
        say`Mean of slow requests of ${name(entry.operation)} with its interval; of two ways to re-time them the smaller saving.`,
      ),
    ],
  };
}

function rowOf(a: Awaited, origin: Origin) {
  const to = a.peer ? `${a.operation} → ${a.peer.name}` : a.operation;
  const about = subject('class', `awaited ${a.kind} ${to}`, a.service);
  const facts: Fact[] = [];
  const keep = (draft: {
    name: string;
    value: number;
    unit: 'ms' | 'count';
    interval?: [number, number];
  }) => {
    const fact = fromQuery({ ...draft, subject: about, phase: 'incident' }, origin);
    facts.push(fact);
    return fact;
  };
  const saved = keep({
    name: 'path.saved',
    value: a.savedMs,
    unit: 'ms',
    ...(a.interval ? { interval: a.interval } : {}),
  });
  const why = whyAwaited(a, (what, value) => num(keep({ name: `path.${what}`, value, unit: 'count' })));
  return {
    facts,
    cells: [
      say`${name(to)}`,
      say`${name(a.service)}`,
      say`${num(saved)}${a.interval ? say` (${range(saved)})` : []}`,
      say`${TURN_WORDS[a.turn]}`,
      why,
    ],
  };
}
