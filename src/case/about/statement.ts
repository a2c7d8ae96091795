import { subject } from '../../domain/index.js';
import type { Claimed } from '../claims.js';
import type { Quantity } from '../figures/quantity.js';
import { onlyOf } from '../subjects.js';
import { NAME_TAIL } from './name-words.js';
import { nameAfterFor, nameBefore } from './own-name.js';
import type { About, Scene } from './scene.js';

/** "slowest query 340 ms avg (offers by listing)": a statement of the only database, where no database is named beside it. */
export function slowStatementOf(scene: Scene, q: Quantity, name: string): About | undefined {
  if (!/^latency\.(?:mean|max)$/.test(name)) return undefined;
  const { frame } = scene;
  const before = frame.tokens
    .slice(Math.max(0, q.from - 7), q.from)
    .filter((_, i, all) => frame.segment[q.from - all.length + i] === frame.segment[q.from])
    .map((t) => t.lower)
    .join(' ');
  if (
    !/\b(?:slowest|longest|top|worst|heaviest|slow|hottest|main) (?:sql )?(?:query|statement|select|sql)\b/.test(
      before,
    )
  )
    return undefined;
  const database = onlyOf(scene.parts, ['database']);
  if (!database) return undefined;
  // What the parenthesis behind says of it.
  let open = q.to;
  while (open < q.to + 3 && frame.tokens[open]?.text !== '(') open++;
  if (frame.tokens[open]?.text !== '(') return { subject: database };
  let to = open + 1;
  while (to < open + 7 && frame.tokens[to]?.kind === 'word' && scene.index.quantity[to] === undefined) to++;
  if (frame.tokens[to]?.text !== ')' || to === open + 1) return { subject: database };
  const text = frame.text.slice(frame.tokens[open + 1]?.start, frame.tokens[to - 1]?.end);
  return { subject: subject('statement', text, database.name), from: open + 1, to };
}

/** "Postgres slow query log shows 120ms avg for order lookup": a statement of the database named. */
export function statementOf(
  scene: Scene,
  own: About,
  q: Quantity,
  claimed: Claimed,
  name: string,
): About | undefined {
  const { frame } = scene;
  if (!/^(?:latency|rows|calls|lock)/.test(name)) return undefined;
  if (own.subject.kind !== 'database' && own.subject.kind !== 'search') return undefined;
  const after = nameAfterFor(scene, q, name);
  const before = nameBefore(scene, q, claimed);
  const inside = wordsInParenthesisBefore(scene, q);
  const clear = (f: { from: number; to: number } | undefined): f is { from: number; to: number } =>
    f !== undefined && (own.from === undefined || f.to <= own.from || f.from >= (own.to ?? 0));
  const found = [inside, after, before].find(clear);
  if (!found) return undefined;
  const text = frame.text
    .slice(frame.tokens[found.from]?.start, frame.tokens[found.to - 1]?.end)
    .replace(/\s+/g, ' ');
  return { subject: subject('statement', text, own.subject.name), ...found };
}

/** "slowest statement (orders by customer) 480 ms": the words that say which. */
function wordsInParenthesisBefore(scene: Scene, q: Quantity): { from: number; to: number } | undefined {
  const { frame, index } = scene;
  if (frame.tokens[q.from - 1]?.text !== ')') return undefined;
  const open = frame.opens[frame.group[q.from - 1] ?? 0] ?? -1;
  if (open < 1 || q.from - open > 12 || !NAME_TAIL.test(frame.tokens[open - 1]?.lower ?? ''))
    return undefined;
  for (let i = open + 1; i < q.from - 1; i++)
    if (frame.tokens[i]?.kind !== 'word' || index.quantity[i] !== undefined) return undefined;
  return q.from - 1 > open + 1 ? { from: open + 1, to: q.from - 1 } : undefined;
}
