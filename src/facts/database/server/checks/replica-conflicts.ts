import { num, say, subject } from '../../../../domain/index.js';
import { number, type ServerCheck, text } from '../finding.js';

/** One now and then is how a replica keeps up. */
const MANY = 10;

/** Queries of a replica that replay cancelled, because they read rows that the primary had cleaned away. */
export const replicaConflicts: ServerCheck = ({ rows, figure }) => {
  const cancelled = number(rows('conflicts')[0], 'cancelled');
  if (rows('standby').length === 0 || cancelled < MANY) return [];
  const about = subject('database', 'this replica');
  const feedback = rows('settings').some(
    (s) => text(s, 'name') === 'hot_standby_feedback' && text(s, 'setting') === 'on',
  );
  return [
    {
      id: 'replica-conflicts',
      urgency: 'soon',
      reason: say`Replay has cancelled ${num(figure('conflicts', about, cancelled, 'count', 'conflicts'))} queries of this replica: they read rows that the primary had changed and cleaned away meanwhile, or stood in the way of a change of a table.`,
      remedy: feedback
        ? say`hot_standby_feedback is on, so what is left are locks and dropped tables: keep changes of tables out of the hours of long reports, or let replay wait longer for them (max_standby_streaming_delay), at the price of lag.`
        : say`Long reports need either time (max_standby_streaming_delay, at the price of lag for all who read here) or hot_standby_feedback, at the price of dead rows on the primary for as long as the longest report. Choose one for each replica: one that is fresh, one for reports.`,
      ...(feedback
        ? {}
        : { command: 'ALTER SYSTEM SET hot_standby_feedback = on; SELECT pg_reload_conf();' }),
    },
  ];
};
