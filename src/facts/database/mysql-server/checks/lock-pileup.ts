import { name, num, quote, say, subject } from '../../../../domain/index.js';
import type { Row } from '../../../../evidence/connectors/postgres/database.js';
import { number, text } from '../../server/finding.js';
import type { MysqlCheck } from '../finding.js';

/** Shorter waits are how locks work. */
const LEAST_WAITED_SECONDS = 1;
/** From this many in line for the same row, its lock is what sets the pace. */
const QUEUE_FOR_ROW = 3;

/** Sessions that wait for a row lock of InnoDB, told by the session at the end of the chain. */
export const lockPileup: MysqlCheck = ({ rows, figure }) => {
  const waits = rows('lockWaits');
  const blockers = new Map<number, number[]>();
  for (const w of waits)
    blockers.set(number(w, 'waiting_pid'), [
      ...(blockers.get(number(w, 'waiting_pid')) ?? []),
      number(w, 'blocking_pid'),
    ]);
  const byRoot = new Map<number, Map<number, Row>>();
  for (const w of waits) {
    const root = rootOf(number(w, 'waiting_pid'), blockers);
    if (root === undefined) continue;
    byRoot.set(root, (byRoot.get(root) ?? new Map()).set(number(w, 'waiting_pid'), w));
  }
  return [...byRoot].flatMap(([root, waiters]) => {
    const all = [...waiters.values()];
    const waited = all.reduce((sum, w) => sum + number(w, 'waited_seconds'), 0);
    if (waited < LEAST_WAITED_SECONDS) return [];
    const about = subject('database', `session ${root}`);
    const session = rows('activity').find((a) => number(a, 'pid') === root);
    const idle = text(session, 'command') === 'Sleep';
    const held = number(
      waits.find((w) => number(w, 'blocking_pid') === root),
      'blocking_seconds',
    );
    const count = num(figure('waiters', about, all.length, 'count', 'lockWaits'));
    const places = new Set(all.map((w) => `${text(w, 'locked_table')} ${text(w, 'locked_row')}`));
    const oneRow = all.length >= QUEUE_FOR_ROW && places.size === 1;
    return [
      {
        id: idle ? 'idle-in-transaction' : 'lock-pileup',
        urgency: 'now' as const,
        reason: say`${count} sessions have waited ${num(figure('waited', about, waited, 's', 'lockWaits'))} together for session ${name(String(root))}, ${idle ? 'which sits idle in a transaction' : 'whose transaction is'} ${num(figure('transaction-age', about, held, 's', 'lockWaits'))} old. First in line: ${quote(text(all[0], 'waiting_query'))}.${oneRow ? say` They queue for one row of ${name(text(all[0], 'locked_table'))}: such updates come one after the other, whatever is scaled out.` : ''}`,
        remedy: idle
          ? say`Find what happens in the application between its last statement and COMMIT (an outgoing call, a wait for a user) and move it out of the transaction. To end it now, at the price of its transaction:`
          : say`Let it end or end it; change the row last in the transaction, and give callers an innodb_lock_wait_timeout of a few seconds with a retry. To stop its statement:`,
        command: idle ? `KILL ${root};` : `KILL QUERY ${root};`,
      },
    ];
  });
};

/** The session at the end of the chain; undefined for a ring, which the server breaks by itself. */
function rootOf(pid: number, blockers: ReadonlyMap<number, number[]>): number | undefined {
  const seen = new Set<number>();
  let at = pid;
  for (;;) {
    if (seen.has(at)) return undefined;
    seen.add(at);
    // Waiters in line wait for each other as well: whoever waits for nobody is the root.
    const next: number[] | undefined = blockers.get(at);
    const free = next?.find((p) => !blockers.has(p)) ?? next?.find((p) => !seen.has(p));
    if (free === undefined) return next === undefined && at !== pid ? at : undefined;
    at = free;
  }
}
