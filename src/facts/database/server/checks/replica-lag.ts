import { name, num, say, subject } from '../../../../domain/index.js';
import { numberIn } from '../../../../evidence/connectors/postgres/database.js';
import { number, type ServerCheck, text } from '../finding.js';

/** A segment of write-ahead log: less is on its way at any moment. */
const LEAST_BYTES = 16 * 1024 * 1024;
const LEAST_LAG_SECONDS = 1;
const SILENT_SECONDS = 60;

/**
 * Lag is log that was written and is not applied. The time since the last commit that a replica replayed grows on any idle
 * primary and is not lag: it counts only together with log that waits.
 */
export const replicaLag: ServerCheck = ({ rows, figure }) => {
  const seenByPrimary = rows('replicas').flatMap((replica) => {
    const about = subject('database', text(replica, 'name') || 'replica');
    const parts = (['unsent_bytes', 'unflushed_bytes', 'unreplayed_bytes'] as const).map((p) =>
      Math.max(0, number(replica, p)),
    );
    const behind = parts.reduce((sum, p) => sum + p, 0);
    const seconds = numberIn(replica, 'replay_lag_seconds') ?? 0;
    if (behind < LEAST_BYTES && seconds < LEAST_LAG_SECONDS) return [];
    const worst = parts.indexOf(Math.max(...parts));
    return [
      {
        id: 'replica-lag',
        urgency: 'soon' as const,
        reason: say`The replica ${name(about.name)} is ${num(figure('behind', about, behind, 'bytes', 'replicas'))} of log behind, by the last replies ${num(figure('replay-lag', about, seconds, 's', 'replicas'))}; most of it ${worst === 0 ? 'is not sent yet' : worst === 1 ? 'is sent and not yet on its disk' : 'is there and waits to be replayed'}.`,
        remedy:
          worst === 2
            ? say`Replay is one process: look for long queries on the replica that it waits for (max_standby_streaming_delay), for its disk, and for one big transaction. Until it is level, read what must be fresh from the primary.`
            : say`Look at the network between the two and at the disk of the replica.`,
      },
    ];
  });
  return [...seenByPrimary, ...ofStandby({ rows, figure })];
};

function ofStandby({
  rows,
  figure,
}: Pick<Parameters<ServerCheck>[0], 'rows' | 'figure'>): ReturnType<ServerCheck> {
  const standby = rows('standby')[0];
  if (!standby) return [];
  const about = subject('database', 'this replica');
  const silent = number(standby, 'silent_seconds');
  const behind = Math.max(0, number(standby, 'unreplayed_bytes'));
  if (text(standby, 'receiver') === '' || silent > SILENT_SECONDS)
    return [
      {
        id: 'replica-cut-off',
        urgency: 'now',
        reason: say`This replica does not hear from its primary, so how old its rows are cannot be told from here.`,
        remedy: say`Check primary_conninfo, the network and, on the primary, the replication slot; compare with pg_stat_replication there.`,
      },
    ];
  if (standby.paused === true || behind >= LEAST_BYTES)
    return [
      {
        id: 'replica-lag',
        urgency: 'soon',
        reason: say`This replica has received ${num(figure('unreplayed', about, behind, 'bytes', 'standby'))} of log that it has not replayed${standby.paused === true ? ': replay is paused' : ''}.`,
        remedy:
          standby.paused === true
            ? say`Resume replay when nobody needs the pause.`
            : say`Look for long queries here that replay waits for, and at the disk.`,
        ...(standby.paused === true ? { command: 'SELECT pg_wal_replay_resume();' } : {}),
      },
    ];
  return [];
}
