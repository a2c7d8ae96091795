import type { Snapshot } from '../../../evidence/connectors/postgres/snapshot.js';
import { bloat } from './checks/bloat.js';
import { checkpoints } from './checks/checkpoints.js';
import { connections } from './checks/connections.js';
import { heavyStatements } from './checks/heavy-statements.js';
import { hotRow } from './checks/hot-row.js';
import { lockPileup } from './checks/lock-pileup.js';
import { machine } from './checks/machine.js';
import { partitionCandidates, partitionSkew } from './checks/partitions.js';
import { replicaConflicts } from './checks/replica-conflicts.js';
import { replicaLag } from './checks/replica-lag.js';
import { settings } from './checks/settings.js';
import { spareIndexes } from './checks/spare-indexes.js';
import { vacuumDebt } from './checks/vacuum-debt.js';
import { type ServerCheck, type ServerFinding, studyOf } from './finding.js';

const CHECKS: readonly ServerCheck[] = [
  lockPileup,
  hotRow,
  connections,
  replicaLag,
  replicaConflicts,
  heavyStatements,
  vacuumDebt,
  bloat,
  spareIndexes,
  settings,
  machine,
  checkpoints,
  partitionSkew,
  partitionCandidates,
];

const ORDER: Readonly<Record<ServerFinding['urgency'], number>> = { now: 0, soon: 1, upkeep: 2 };

/** What is wrong with a server by what it said about itself; empty for a healthy one. */
export function diagnoseServer(snapshot: Snapshot): ServerFinding[] {
  const study = studyOf(snapshot);
  const found = CHECKS.flatMap((check) => check(study));
  // Two checks may look at one setting: the more pressing says it.
  const said = new Set<string>();
  return found
    .sort((a, b) => ORDER[a.urgency] - ORDER[b.urgency])
    .filter((f) => !f.id.startsWith('setting-') || (!said.has(f.id) && said.add(f.id)));
}
