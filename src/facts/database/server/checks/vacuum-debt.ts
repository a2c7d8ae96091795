import { name, num, say, subject } from '../../../../domain/index.js';
import { number, type ServerCheck, text } from '../finding.js';

const LEAST_DEAD = 10_000;
/** Twice what should have called autovacuum: it does not come, or does not keep up. */
const OVERDUE = 2;
const STALE_SHARE = 0.5;
/** The server stops taking writes at two thousand million; anti-wraparound vacuum starts at two hundred. */
const OLD_TRANSACTIONS = 1e9;

/** Dead rows, stale statistics and old transaction ids that autovacuum should have dealt with. */
export const vacuumDebt: ServerCheck = ({ rows, figure }) =>
  rows('tables').flatMap((table) => {
    const about = subject('database', text(table, 'name'));
    const [live, dead] = [number(table, 'live'), number(table, 'dead')];
    const due = number(table, 'vacuum_threshold') + number(table, 'vacuum_scale') * live;
    const changed = number(table, 'changed_since_analyze');
    const oldest = Math.max(0, ...rows('activity').map((a) => number(a, 'transaction_seconds')));
    const findings: ReturnType<ServerCheck> = [];
    if (dead >= LEAST_DEAD && dead > due * OVERDUE)
      findings.push({
        id: 'vacuum-debt',
        urgency: 'soon',
        reason: say`${name(about.name)} has ${num(figure('dead-rows', about, dead, 'count', 'tables'))} dead rows beside ${num(figure('live-rows', about, live, 'count', 'tables'))} live ones; autovacuum should have come at ${num(figure('vacuum-due', about, due, 'count', 'tables'))}.${table.autovacuum_off === true ? ' It is switched off for this table.' : oldest > 600 ? say` A transaction ${num(figure('oldest-transaction', about, oldest, 's', 'activity'))} old may keep it from removing them.` : ''}`,
        remedy: say`VACUUM it now${table.autovacuum_off === true ? ' and let autovacuum work on it again' : ''}; if they stay, end the oldest transaction, prepared transaction or replication slot first.`,
        command: `VACUUM (ANALYZE) ${about.name};`,
      });
    else if (changed > LEAST_DEAD && changed > live * STALE_SHARE)
      findings.push({
        id: 'stale-statistics',
        urgency: 'soon',
        reason: say`${num(figure('changed', about, changed, 'count', 'tables'))} rows of ${name(about.name)} changed since its statistics were taken; it has ${num(figure('live-rows', about, live, 'count', 'tables'))}. Plans count on what was.`,
        remedy: say`ANALYZE it; after bulk loads do so in the same job.`,
        command: `ANALYZE ${about.name};`,
      });
    if (number(table, 'frozen_age') > OLD_TRANSACTIONS)
      findings.push({
        id: 'wraparound',
        urgency: 'now',
        reason: say`The oldest rows of ${name(about.name)} are ${num(figure('frozen-age', about, number(table, 'frozen_age'), 'count', 'tables'))} transactions old; near two thousand million the server refuses writes.`,
        remedy: say`VACUUM (FREEZE) it today, table by table, and find what kept autovacuum away.`,
        command: `VACUUM (FREEZE, VERBOSE) ${about.name};`,
      });
    return findings;
  });
