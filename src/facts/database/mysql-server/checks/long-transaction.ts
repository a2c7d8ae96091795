import { name, num, say, subject } from '../../../../domain/index.js';
import { number, text } from '../../server/finding.js';
import type { MysqlCheck } from '../finding.js';

const LONG_SECONDS = 60;
const MUCH_HISTORY = 1_000_000;

/** A transaction that lies open and does nothing keeps every old version of every row that changed since. */
export const longTransaction: MysqlCheck = ({ rows, status, figure }) => {
  const blocking = new Set(rows('lockWaits').map((w) => number(w, 'blocking_pid')));
  const oldest = rows('transactions').find((t) => {
    const session = rows('activity').find((a) => number(a, 'pid') === number(t, 'pid'));
    return text(session, 'command') === 'Sleep' && !blocking.has(number(t, 'pid'));
  });
  const history = status('Innodb_history_list_length') ?? 0;
  const seconds = number(oldest, 'seconds');
  if (!oldest || (seconds < LONG_SECONDS && history < MUCH_HISTORY)) return [];
  const pid = number(oldest, 'pid');
  const about = subject('database', `session ${pid}`);
  return [
    {
      id: 'long-transaction',
      urgency: 'soon',
      reason: say`Session ${name(String(pid))} sits idle in a transaction that is ${num(figure('transaction-age', about, seconds, 's', 'transactions'))} old. Until it ends, no old version of any row is cleaned away${history > 0 ? say`: ${num(figure('history', about, history, 'count', 'status'))} changes are kept by now` : ''}, and reads of changed rows go through all of them.`,
      remedy: say`Find what opened it: a client that forgot COMMIT, autocommit switched off, a console left open. Give clients a limit (innodb_rollback_on_timeout, wait_timeout; in MariaDB idle_transaction_timeout). To end it:`,
      command: `KILL ${pid};`,
    },
  ];
};
