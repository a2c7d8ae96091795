import type { Fact, Subject } from '../../domain/index.js';
import { factOf, type Gathered, labelOf, matching, productOf, type ResourceFacts } from './gather.js';
import type { Series } from './series.js';

/** Whether a server replays another one's log. */
const IS_REPLICA = /^(?:pg_replication_is_replica|pg_is_in_recovery|mysql_slave_status_slave_io_running)$/;
/** Work that reading makes, the closest first: rows found for statements, then transactions. */
const READ_WORK: readonly RegExp[] = [
  /^pg_stat_database_tup_fetched(?:_total)?$/,
  /^pg_stat_database_tup_returned(?:_total)?$/,
  /^pg_stat_database_xact_commit(?:_total)?$/,
  /^mysql_global_status_innodb_row_ops(?:_total)?$/,
];

const instanceOf = (s: Series): string | undefined =>
  labelOf(s, 'instance', 'server', 'server.address', 'service.instance.id', 'host', 'node', 'pod');

/** How many replicas a database has, and what share of the rows read they serve, where each server tells of itself. */
export const replicas: ResourceFacts = (g) => {
  const states = matching(g, IS_REPLICA, 'level');
  const about = states[0] && productOf(states[0]);
  const copies = new Set(states.filter((s) => s.mean > 0.5).flatMap((s) => instanceOf(s) ?? []));
  if (!about || copies.size === 0) return [];
  return [...factOf(g, 'replicas', about, copies.size, 'count', states), ...shareOfReads(g, copies, about)];
};

/** Nothing where no server but replicas tells of its reads. */
function shareOfReads(g: Gathered, copies: ReadonlySet<string>, about: Subject): Fact[] {
  for (const pattern of READ_WORK) {
    const work = matching(g, pattern, 'counter').filter(
      (s) =>
        productOf(s)?.id === about.id &&
        instanceOf(s) !== undefined &&
        (labelOf(s, 'operation') ?? 'read') === 'read',
    );
    const there = work.filter((s) => copies.has(instanceOf(s) ?? ''));
    const here = work.filter((s) => !copies.has(instanceOf(s) ?? ''));
    const rate = (all: readonly Series[]): number => all.reduce((sum, s) => sum + s.rate, 0);
    if (there.length > 0 && here.length > 0 && rate(work) > 0)
      return factOf(g, 'replica.share', about, rate(there) / rate(work), 'ratio', work);
  }
  return [];
}
