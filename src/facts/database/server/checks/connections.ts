import { num, say, subject } from '../../../../domain/index.js';
import { number, type ServerCheck, text } from '../finding.js';

const NEAR_LIMIT = 0.9;

/** Connections near the limit, and what they do: idle ones ask for a pooler, waiting ones for less waiting. */
export const connections: ServerCheck = ({ rows, figure }) => {
  const server = rows('server')[0];
  const clients = rows('activity').filter((a) => text(a, 'backend_type') === 'client backend');
  const limit = number(server, 'max_connections') - number(server, 'reserved');
  // The session that took the snapshot is one too, and is not in it.
  const used = clients.length + 1;
  if (limit <= 0 || used < limit * NEAR_LIMIT) return [];
  const about = subject('pool', 'connections of the server');
  const count = (state: (row: (typeof clients)[number]) => boolean): number => clients.filter(state).length;
  const idle = count((c) => text(c, 'state') === 'idle');
  const inTransaction = count((c) => text(c, 'state').startsWith('idle in transaction'));
  const waiting = count((c) => text(c, 'state') === 'active' && text(c, 'wait_event_type') === 'Lock');
  const disk = count(
    (c) =>
      text(c, 'state') === 'active' &&
      (text(c, 'wait_event_type') === 'IO' || /^WAL(?:Write|Sync)/i.test(text(c, 'wait_event'))),
  );
  const committing = count((c) => text(c, 'state') === 'active' && /^WAL/i.test(text(c, 'wait_event')));
  const working = count((c) => text(c, 'state') === 'active') - waiting - disk;
  const figures = (name: string, value: number) => num(figure(name, about, value, 'count', 'activity'));
  const mostIdle = idle >= clients.length / 2;
  return [
    {
      id: 'connections-at-limit',
      urgency: 'now',
      reason: say`${figures('connections', used)} of ${num(figure('connection-limit', about, limit, 'count', 'server'))} connections are taken: ${figures('working', working)} work, ${figures('waiting', waiting)} wait for a lock, ${figures('disk', disk)} for the disk, ${figures('idle-in-transaction', inTransaction)} sit idle in a transaction, ${figures('idle', idle)} are idle.`,
      remedy: mostIdle
        ? say`Most hold a connection and do nothing: put PgBouncer in transaction mode in front, or lower the pools of the services. Raising max_connections buys memory for idle sessions.`
        : waiting + inTransaction > working
          ? say`A bigger pool will not help: most connections wait for others. Remove what they wait for first; more connections only lengthen the queue inside the database.`
          : disk > working
            ? say`A bigger pool will not help: most connections wait for the disk${committing >= disk / 2 ? ', and that for the log at commit: fewer and larger transactions, or a faster disk for the log' : '. Look at what reads past the cache'}.`
            : say`Most are at work. More connections than the machine has cores and disks to serve make each slower; shorten the statements, and let a pool of a few connections for each core queue the rest.`,
    },
  ];
};
