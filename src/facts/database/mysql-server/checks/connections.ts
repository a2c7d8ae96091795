import { num, say, subject } from '../../../../domain/index.js';
import { number, text } from '../../server/finding.js';
import type { MysqlCheck } from '../finding.js';

const NEAR_LIMIT = 0.9;

/** Connections near the limit, and what they do. */
export const connections: MysqlCheck = ({ rows, status, figure }) => {
  const limit = number(rows('server')[0], 'max_connections');
  const used = status('Threads_connected') ?? rows('activity').length + 1;
  if (limit <= 0 || used < limit * NEAR_LIMIT) return [];
  const about = subject('pool', 'connections of the server');
  const open = new Set(rows('transactions').map((t) => number(t, 'pid')));
  const sleeping = rows('activity').filter((a) => text(a, 'command') === 'Sleep');
  const inTransaction = sleeping.filter((a) => open.has(number(a, 'pid'))).length;
  const waiting = new Set(rows('lockWaits').map((w) => number(w, 'waiting_pid'))).size;
  const working = rows('activity').filter((a) => text(a, 'command') !== 'Sleep').length - waiting;
  const idle = sleeping.length - inTransaction;
  const shown = (key: string, value: number) => num(figure(key, about, value, 'count', 'activity'));
  return [
    {
      id: 'connections-at-limit',
      urgency: 'now',
      reason: say`${shown('connections', used)} of ${num(figure('connection-limit', about, limit, 'count', 'server'))} connections are taken: ${shown('working', Math.max(0, working))} work, ${shown('waiting', waiting)} wait for a lock, ${shown('idle-in-transaction', inTransaction)} sit idle in a transaction, ${shown('idle', idle)} are idle.`,
      remedy:
        idle >= used / 2
          ? say`Most hold a connection and do nothing: put ProxySQL or MaxScale in front, lower the pools of the services, or lower wait_timeout.`
          : waiting + inTransaction > working
            ? say`A bigger pool will not help: most connections wait for others. Remove what they wait for first.`
            : say`Most are at work: more connections than processors and disks can serve make each slower. Shorten the statements, and let a small pool queue the rest.`,
    },
  ];
};
