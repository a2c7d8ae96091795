import { name, num, say, subject } from '../../../../domain/index.js';
import { numberIn, type Row, textIn } from '../../../../evidence/connectors/postgres/database.js';
import type { ServerFinding } from '../../server/finding.js';
import type { MysqlCheck } from '../finding.js';

const LEAST_SECONDS = 1;

/** MySQL 8.0.22 and MariaDB 10.5 renamed the columns; either name is read. */
const either = (row: Row, now: string, before: string): string | undefined =>
  textIn(row, now) ?? textIn(row, before);

/**
 * A replica that does not apply, or is behind. "Seconds behind" compares time stamps of events and is nought while nothing
 * arrives: it counts only where the log that was read is ahead of the log that was applied.
 */
export const replicaLag: MysqlCheck = ({ rows, figure }) =>
  rows('replica').flatMap((row): ServerFinding[] => {
    const about = subject('database', textIn(row, 'Connection_name') || 'this replica');
    const reads = either(row, 'Replica_IO_Running', 'Slave_IO_Running');
    const applies = either(row, 'Replica_SQL_Running', 'Slave_SQL_Running');
    if (reads !== 'Yes' || applies !== 'Yes')
      return [
        {
          id: 'replica-cut-off',
          urgency: 'now' as const,
          reason: say`${name(about.name)} ${applies === 'Yes' ? 'does not read the log of its primary' : 'has stopped applying the log of its primary'}, so its rows grow old: ${name(either(row, 'Last_Error', 'Last_SQL_Error') || either(row, 'Last_IO_Error', 'Last_IO_Error') || 'no error is told')}.`,
          remedy: say`Mend what the error names, then start it again. Until it is level, read what must be fresh from the primary.`,
          command: 'START REPLICA;',
        },
      ];
    const seconds = numberIn(row, 'Seconds_Behind_Source') ?? numberIn(row, 'Seconds_Behind_Master') ?? 0;
    const readFile = either(row, 'Source_Log_File', 'Master_Log_File');
    const appliedFile = either(row, 'Relay_Source_Log_File', 'Relay_Master_Log_File');
    const readTo = either(row, 'Read_Source_Log_Pos', 'Read_Master_Log_Pos');
    const appliedTo = either(row, 'Exec_Source_Log_Pos', 'Exec_Master_Log_Pos');
    if (seconds < LEAST_SECONDS || (readFile === appliedFile && readTo === appliedTo)) return [];
    return [
      {
        id: 'replica-lag',
        urgency: 'soon' as const,
        reason: say`${name(about.name)} is ${num(figure('replay-lag', about, seconds, 's', 'replica'))} behind its primary: log has arrived and is not applied.`,
        remedy: say`Apply with several workers (replica_parallel_workers, in MariaDB slave_parallel_threads), look for changes of tables without a primary key and for one big transaction. Until it is level, read what must be fresh from the primary.`,
      },
    ];
  });
