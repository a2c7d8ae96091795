import { name, num, quote, say, subject } from '../../../../domain/index.js';
import type { Row } from '../../../../evidence/connectors/postgres/database.js';
import { number, type ServerCheck, text } from '../finding.js';

const LEAST_QUEUE = 3;

/**
 * Several sessions in line for one row. The first in line takes the tuple lock; the others wait for that, or, once they
 * followed the row to its next version, for the transaction that wrote it. A batch that holds many rows looks different:
 * each waiter is then first in line for a row of its own and holds a tuple lock of its own.
 */
export const hotRow: ServerCheck = ({ rows, figure }) => {
  const locks = rows('locks');
  const tuples = locks.filter((l) => text(l, 'locktype') === 'tuple');
  const waited = new Map<string, Set<number>>();
  const wait = (key: string, pid: number): void => {
    waited.set(key, new Set([...(waited.get(key) ?? []), pid]));
  };
  for (const lock of locks.filter((l) => text(l, 'locktype') === 'transactionid' && l.granted === false))
    wait(text(lock, 'transactionid'), number(lock, 'pid'));
  for (const lock of tuples.filter((l) => l.granted === false)) {
    const first = tuples.find((t) => t.granted === true && placeOf(t) === placeOf(lock));
    const key = [...waited].find(([, pids]) => first && pids.has(number(first, 'pid')))?.[0];
    wait(key ?? placeOf(lock), number(lock, 'pid'));
  }
  return [...waited.values()].flatMap((pids) => {
    const own = tuples.filter((t) => pids.has(number(t, 'pid')));
    const places = [...new Set(own.map(placeOf))].sort();
    const place = places[0];
    if (pids.size < LEAST_QUEUE || place === undefined || places.length > pids.size / LEAST_QUEUE) return [];
    const relation = text(own[0], 'relation');
    const about = subject('keyspace', place);
    const one = rows('activity').find((a) => pids.has(number(a, 'pid')));
    const held = holdSeconds(rows('activity'), pids);
    const ceiling =
      held === undefined
        ? say`at most one in the time a transaction holds the row`
        : say`about ${num(figure('row-ceiling', about, 1 / held, '1/s', 'activity'))} if each transaction is as long as the one at work by now, ${num(figure('row-hold', about, held, 's', 'activity'))}`;
    return [
      {
        id: 'hot-row',
        urgency: 'now' as const,
        reason: say`${num(figure('row-queue', about, pids.size, 'count', 'locks'))} sessions queue for one row, ${name(place)}: ${quote(text(one, 'query'))}. However many connections there are, such updates come one after the other, ${ceiling}.`,
        remedy: say`Hold the row for less: update it last in the transaction, without outgoing calls before COMMIT. If that is not enough, spread the count over several rows of ${name(relation)} and add them up when read, or collect changes and write them in one batch.`,
      },
    ];
  });
};

/** How long the session that they all wait for has been in its transaction, which is how long it has held the row at most. */
function holdSeconds(activity: readonly Row[], waiting: ReadonlySet<number>): number | undefined {
  const blockers = new Set(
    activity
      .filter((a) => waiting.has(number(a, 'pid')))
      .flatMap((a) => (Array.isArray(a.blocked_by) ? a.blocked_by.map(Number) : [])),
  );
  const holder = activity.find((a) => blockers.has(number(a, 'pid')) && !waiting.has(number(a, 'pid')));
  const seconds = number(holder, 'transaction_seconds');
  return seconds > 0 ? seconds : undefined;
}

const placeOf = (lock: Row): string =>
  `${text(lock, 'relation')} (${number(lock, 'page')},${number(lock, 'tuple')})`;
