import type { Source } from '../../domain/index.js';
import type { Store } from '../../evidence/store/index.js';

const TABLE = 'otel_traces';
const NOW = 'kneepoint_traces_of_now';

/**
 * The store with the spans of the trouble alone: requests from before would make every percentile one of both times. All of
 * them where nothing is of the trouble.
 */
export async function ofNow(store: Store, sources: readonly Source[]): Promise<Store> {
  const before = sources.filter((s) => s.role === 'baseline').map((s) => s.id);
  if (before.length === 0 || before.length === sources.length) return store;
  // Ids of sources are ours: s and a number.
  const ids = before.filter((id) => /^s\d+$/.test(id)).map((id) => `'${id}'`);
  await store.command(
    `CREATE OR REPLACE VIEW ${NOW} AS SELECT * FROM ${TABLE} WHERE KpSource NOT IN (${ids.join(', ')})`,
  );
  const narrowed = (sql: string): string => sql.replaceAll(TABLE, NOW);
  return {
    ...store,
    query: (sql, params) => store.query(narrowed(sql), params),
    stream: (sql, params) => store.stream(narrowed(sql), params),
  };
}
