import { createTable, TABLE_NAMES } from './schema.js';
import type { Store } from './store.js';

export { TABLE_NAMES, type TableName } from './schema.js';
export { type InsertRows, type Params, type Store, StoreError } from './store.js';

/**
 * Opens the store and creates its tables: in process by default, in a temporary directory that `close` (or the end
 * of the process) removes; in a directory that is kept; or on a ClickHouse server by URL. A store holds one
 * investigation: with `empty`, rows of an earlier one are removed.
 * The engine is loaded only here, so that commands without telemetry start without it.
 */
export async function openStore(options: {
  directory?: string;
  url?: string;
  empty?: boolean;
}): Promise<Store> {
  const { directory, url, empty = false } = options;
  if (url !== undefined) {
    const [{ openServer }, { serverAddress }] = await Promise.all([
      import('./server.js'),
      import('./address.js'),
    ]);
    return openServer(serverAddress(url), empty);
  }
  const { openEmbedded } = await import('./embedded.js');
  const store = await openEmbedded(directory);
  for (const table of TABLE_NAMES) {
    await store.command(createTable(table));
    if (empty && directory !== undefined) await store.command(`TRUNCATE TABLE ${table}`);
  }
  return store;
}
