export type DatabaseProduct = 'postgresql' | 'mysql' | 'mariadb';

/**
 * What a database says about statements it ran. `slow`: one run beyond the threshold of a log; `counter`: sums since the
 * counters were reset; `lock-wait`, `temp-file`, `deadlock`: what a log says of a statement beside its duration.
 */
export interface StatementRecord {
  kind: 'slow' | 'counter' | 'lock-wait' | 'temp-file' | 'deadlock';
  product: DatabaseProduct;
  /** Absent where the source tells none, or one in a zone that cannot be known. */
  timeNs?: bigint;
  /** As the database wrote it; of a deadlock the one that was ended. */
  statement: string;
  /** Of a deadlock: the statement of the other. */
  other?: string;
  /** The server's own name of the statement, where it has one: tells counters of two snapshots apart. */
  id?: string;
  calls: number;
  totalMs: number;
  deviationMs?: number;
  lockMs?: number;
  /** Rows given back. */
  rows?: number;
  /** Rows looked at. */
  rowsExamined?: number;
  /** Pages of 8 kB read from the cache or the disk. */
  blocks?: number;
  tempBytes?: number;
  walBytes?: number;
}
