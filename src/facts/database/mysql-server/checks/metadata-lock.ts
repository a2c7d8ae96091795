import { name, num, quote, say, subject } from '../../../../domain/index.js';
import { number, text } from '../../server/finding.js';
import type { MysqlCheck } from '../finding.js';

const LEAST_WAITED_SECONDS = 1;
const CHANGES_TABLES = /^\s*(?:alter|drop|truncate|create|rename|optimize|repair|lock)\b/i;

/** A change of a table that waits for a long read, with all that queue behind it. */
export const metadataLock: MysqlCheck = ({ rows, figure }) => {
  const waiting = rows('activity').filter((a) => /metadata lock/i.test(text(a, 'state')));
  const waited = waiting.reduce((sum, a) => sum + number(a, 'seconds'), 0);
  if (waiting.length === 0 || waited < LEAST_WAITED_SECONDS) return [];
  const about = subject('database', 'metadata locks');
  const change = waiting.find((a) => CHANGES_TABLES.test(text(a, 'query')));
  const pids = new Set(waiting.map((a) => number(a, 'pid')));
  const oldest = rows('transactions').find((t) => !pids.has(number(t, 'pid')));
  const root = oldest ? number(oldest, 'pid') : undefined;
  return [
    {
      id: 'metadata-lock',
      urgency: 'now',
      reason: say`${num(figure('metadata-waiters', about, waiting.length, 'count', 'activity'))} sessions have waited ${num(figure('metadata-waited', about, waited, 's', 'activity'))} together for the definition of a table.${change ? say` Among them is a change of a table, ${quote(text(change, 'query'))}: all that come after it wait behind it, readers too.` : ''}${oldest && root !== undefined ? say` The oldest transaction that is open and does not wait is session ${name(String(root))}, ${num(figure('oldest-transaction', about, number(oldest, 'seconds'), 's', 'transactions'))} old: it has read the table or is likely to.` : ''}`,
      remedy: say`Let changes of tables give way: SET SESSION lock_wait_timeout = 2 before them, and try again until one gets through when no long transaction is open. Now: stop the change, and the queue behind it goes on.`,
      ...(change ? { command: `KILL QUERY ${number(change, 'pid')};` } : {}),
    },
  ];
};
