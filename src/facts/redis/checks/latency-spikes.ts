import { milliseconds, type RedisCheck } from '../finding.js';

/** A pause as long as this is felt: some times a round trip in one data centre. */
const FELT_MS = 20;

/** What each event of the latency monitor is, and what to do. (Redis documentation, "Latency monitoring".) */
const EVENTS: readonly { event: RegExp; is: string; todo: string }[] = [
  {
    event: /^fork$/,
    is: 'the fork for a snapshot or a rewrite of the log',
    todo: 'Snapshot on a replica, keep instances small, and switch transparent huge pages off.',
  },
  {
    event: /^aof-fsync-always$|^aof-write|^aof-fstat|^aof-rewrite|^aof-rename/,
    is: 'writing the append-only file',
    todo: 'Set appendfsync everysec and no-appendfsync-on-rewrite yes, or give the file a faster disk; a cache needs none.',
  },
  {
    event: /^rdb-unlink-temp-file$/,
    is: 'deleting the file of a snapshot',
    todo: 'Snapshot on a replica.',
  },
  {
    event: /^expire-cycle$|^expire-del$/,
    is: 'deleting many keys that expired together',
    todo: 'Spread lives by ±10 to 20 % when keys are written, and set lazyfree-lazy-expire yes.',
  },
  {
    event: /^eviction-cycle$|^eviction-del$|^eviction-lazyfree$/,
    is: 'making room by evicting',
    todo: 'Give it room or write less; set lazyfree-lazy-eviction yes; split large values.',
  },
  {
    event: /^active-defrag-cycle$/,
    is: 'defragmenting',
    todo: 'Lower active-defrag-cycle-max, or let it run when nobody waits.',
  },
];

/** Pauses that the server's own monitor saw in the window. Those of commands are told by the slow log, with what they did. */
export const latencySpikes: RedisCheck = ({ latency }) =>
  (latency ?? [])
    .flatMap((spike) => {
      const known = EVENTS.find((e) => e.event.test(spike.event));
      return known && spike.latestMs >= FELT_MS ? [{ spike, known }] : [];
    })
    .sort((a, b) => b.spike.latestMs - a.spike.latestMs || (a.spike.event < b.spike.event ? -1 : 1))
    .slice(0, 3)
    .map(({ spike, known }) => ({
      id: 'latency-spike' as const,
      says: `The server stood still for ${milliseconds(spike.latestMs)} in this window for ${known.is} (${spike.event}); at most it was ${milliseconds(spike.mostMs)} so far.`,
      todo: known.todo,
      numbers: { latestMs: spike.latestMs, mostMs: spike.mostMs },
    }));
