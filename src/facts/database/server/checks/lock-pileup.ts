import { name, num, quote, say, subject } from '../../../../domain/index.js';
import { number, type ServerCheck, text } from '../finding.js';
import { waitTrees } from '../wait-tree.js';

/** Shorter waits are how locks work. */
const LEAST_WAITED_SECONDS = 1;

/** Sessions that wait for a lock, told by the session at the end of the chain: it is the one to look at. */
export const lockPileup: ServerCheck = ({ rows, figure }) =>
  waitTrees(rows('activity')).flatMap(({ root, waiters, waitedSeconds }) => {
    if (waitedSeconds < LEAST_WAITED_SECONDS) return [];
    const pid = number(root, 'pid');
    const about = subject('database', `session ${pid}`);
    const idle = text(root, 'state').startsWith('idle in transaction');
    const waiting = num(figure('waiters', about, waiters.length, 'count', 'activity'));
    const waited = num(figure('waited', about, waitedSeconds, 's', 'activity'));
    const held = num(figure('transaction-age', about, number(root, 'transaction_seconds'), 's', 'activity'));
    const exclusive = rows('locks').some(
      (l) =>
        l.granted === false &&
        text(l, 'mode') === 'AccessExclusiveLock' &&
        waiters.some((w) => number(w, 'pid') === number(l, 'pid')),
    );
    const who = say`${name(`pid ${pid}`)}${text(root, 'application_name') === '' ? '' : say` (${name(text(root, 'application_name'))})`}`;
    return [
      {
        id: idle ? 'idle-in-transaction' : 'lock-pileup',
        urgency: 'now',
        reason: say`${waiting} sessions have waited ${waited} together for ${who}, ${idle ? 'which holds its locks while idle in a transaction that is' : 'whose transaction is'} ${held} old. Its ${idle ? 'last' : ''} statement: ${quote(text(root, 'query'))}.${exclusive ? ' Among those that wait is a change of a table: all that come after it wait behind it too.' : ''}`,
        remedy: idle
          ? say`Find in ${name(text(root, 'application_name') || 'the application')} what happens between this statement and COMMIT (an outgoing call, a wait for a user) and move it out of the transaction. Set idle_in_transaction_session_timeout for its role. To end it now, at the price of its transaction:`
          : say`Let it end or end it; shorten what it does inside the transaction${exclusive ? ', and give changes of tables a lock_timeout of a few seconds with retries, so that they give way' : ''}. To cancel its statement:`,
        command: idle ? `SELECT pg_terminate_backend(${pid});` : `SELECT pg_cancel_backend(${pid});`,
      },
    ];
  });
