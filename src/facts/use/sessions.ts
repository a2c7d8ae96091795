import { factOf, grouped, labelOf, matching, productOf, type ResourceFacts } from './gather.js';
import type { Series } from './series.js';

const COUNT = /^(?:pg_stat_activity_count|postgresql_session_count|mysql_session_count)$/;
const OLDEST = /^pg_stat_activity_max_tx_duration(?:_seconds)?$/;

const stateOf = (s: Series): string => (labelOf(s, 'state', 'session.state') ?? '').toLowerCase();
const waitOf = (s: Series): string => (labelOf(s, 'wait_event_type', 'wait.event.type') ?? '').toLowerCase();
const isIdleInside = (s: Series): boolean => stateOf(s).startsWith('idle in transaction');
const sum = (all: readonly Series[]): number => all.reduce((a, s) => a + s.mean, 0);

/**
 * What the sessions of a database do, sampled over and over: how many wait for locks at a time, what share of those
 * that run a statement that is, and how long transactions lie idle. Samples of many instants make means of them.
 */
export const sessions: ResourceFacts = (g) => [
  ...[...grouped(matching(g, COUNT, 'level'), (s) => productOf(s)?.id ?? '').values()].flatMap((all) => {
    const about = all[0] && productOf(all[0]);
    // Where sessions are not told apart by what they wait for, nothing is known of locks.
    if (!about || !all.some((s) => labelOf(s, 'wait_event_type', 'wait.event.type') !== undefined)) return [];
    const active = all.filter((s) => stateOf(s) === 'active');
    const waiting = active.filter((s) => waitOf(s) === 'lock');
    const inside = all.filter(isIdleInside);
    return [
      ...factOf(g, 'sessions.active', about, sum(active), 'count', active),
      ...factOf(g, 'lock.waiting', about, sum(waiting), 'count', waiting),
      ...factOf(g, 'sessions.idleInTransaction', about, sum(inside), 'count', inside),
    ];
  }),
  ...[...grouped(matching(g, OLDEST, 'level'), (s) => productOf(s)?.id ?? '').values()].flatMap((all) => {
    const about = all[0] && productOf(all[0]);
    const inside = all.filter(isIdleInside);
    return about && inside.length > 0
      ? factOf(g, 'transaction.idle.max', about, Math.max(...inside.map((s) => s.max)) * 1000, 'ms', inside)
      : [];
  }),
];
