import type { MysqlSnapshot } from '../../../evidence/connectors/mysql/snapshot.js';
import type { ServerFinding } from '../server/finding.js';
import { bufferPool } from './checks/buffer-pool.js';
import { connections } from './checks/connections.js';
import { heavyStatements } from './checks/heavy-statements.js';
import { lockPileup } from './checks/lock-pileup.js';
import { longTransaction } from './checks/long-transaction.js';
import { metadataLock } from './checks/metadata-lock.js';
import { replicaLag } from './checks/replica-lag.js';
import { settings } from './checks/settings.js';
import { spareIndexes } from './checks/spare-indexes.js';
import { type MysqlCheck, studyOf } from './finding.js';

const CHECKS: readonly MysqlCheck[] = [
  lockPileup,
  metadataLock,
  connections,
  replicaLag,
  longTransaction,
  heavyStatements,
  bufferPool,
  settings,
  spareIndexes,
];

const ORDER: Readonly<Record<ServerFinding['urgency'], number>> = { now: 0, soon: 1, upkeep: 2 };

/** What is wrong with a MySQL or MariaDB by what it said about itself; empty for a healthy one. */
export function diagnoseMysql(snapshot: MysqlSnapshot): ServerFinding[] {
  const study = studyOf(snapshot);
  return CHECKS.flatMap((check) => check(study)).sort((a, b) => ORDER[a.urgency] - ORDER[b.urgency]);
}
