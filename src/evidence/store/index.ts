import { createTable, TABLE_NAMES } from './schema.js';
import type { Store } from './store.js';

export { TABLE_NAMES, type TableName } from './schema.js';
export { type InsertRows, type Params, type Store, StoreError } from './store.js';

/**
 * Opens the store and creates its tables: in process by default, in a temporary directory that `close` (or the end
 * of the process) removes; in a directory that is kept; or on a ClickHouse server by URL.
 * The engine is loaded only here, so that commands without telemetry start without it.
 */
export async function openStore(options: { directory?: string; url?: string }): Promise<Store> {
  const store = options.url === undefined ? await embedded(options.directory) : await server(options.url);
  for (const table of TABLE_NAMES) await store.command(createTable(table));
  return store;
}

const embedded = async (directory: string | undefined): Promise<Store> =>
  (await import('./embedded.js')).openEmbedded(directory);

const server = async (url: string): Promise<Store> => (await import('./server.js')).openServer(url);
