import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConnection, type Connection as Session } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../lab/topology/free-port.js';
import { lookAtMysql } from '../../src/cli/explain-mysql.js';
import { plain } from '../../src/domain/index.js';
import { connectMysql, type MysqlConnection } from '../../src/evidence/connectors/mysql/connect.js';
import { takeMysqlSnapshot } from '../../src/evidence/connectors/mysql/snapshot.js';
import { diagnoseMysql } from '../../src/facts/database/mysql-server/diagnose.js';
import { has } from './tools.js';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const SECRET = 'ada.lovelace@example.com';

describe.skipIf(!has('mariadbd'))('a real MariaDB', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kneepoint-mariadb-'));
  const sessions: Session[] = [];
  let server: ChildProcess;
  let port = 0;
  let url = '';
  let observer: MysqlConnection;

  const open = async (): Promise<Session> => {
    const session = await createConnection({
      host: '127.0.0.1',
      port,
      user: 'shop',
      password: 'shop',
      database: 'shop',
    });
    session.on('error', () => undefined);
    sessions.push(session);
    return session;
  };
  const closeAll = async (): Promise<void> => {
    for (const session of sessions.splice(0)) session.destroy();
    await pause(300);
  };
  const findings = async () => diagnoseMysql(await takeMysqlSnapshot(observer));
  const ids = async (): Promise<string[]> => (await findings()).map((f) => f.id);

  beforeAll(async () => {
    port = await freePort();
    const asRoot = process.getuid?.() === 0;
    const id = (flag: string): number => Number(execFileSync('id', [flag, 'mysql'], { encoding: 'utf8' }));
    if (asRoot) chownSync(folder, id('-u'), id('-g'));
    const data = [`--datadir=${join(folder, 'data')}`, ...(asRoot ? ['--user=mysql'] : [])];
    const made = spawnSync(
      'mariadb-install-db',
      ['--no-defaults', ...data, '--auth-root-authentication-method=normal', '--skip-test-db'],
      { encoding: 'utf8' },
    );
    if (made.status !== 0) throw new Error(made.stderr);
    const setUp = join(folder, 'init.sql');
    writeFileSync(
      setUp,
      "CREATE DATABASE shop;\nCREATE USER shop@'%' IDENTIFIED BY 'shop';\nGRANT ALL ON shop.* TO shop@'%';\nCREATE USER monitor@'%' IDENTIFIED BY 'look only';\nGRANT PROCESS, REPLICATION SLAVE ADMIN, SLAVE MONITOR ON *.* TO monitor@'%';\nGRANT SELECT ON performance_schema.* TO monitor@'%';\nGRANT SELECT ON shop.* TO monitor@'%';\n",
    );
    server = spawn(
      'mariadbd',
      [
        '--no-defaults',
        ...data,
        `--port=${port}`,
        `--socket=${join(folder, 's.sock')}`,
        `--pid-file=${join(folder, 'pid')}`,
        '--bind-address=127.0.0.1',
        '--skip-name-resolve',
        '--performance-schema=ON',
        '--max-connections=12',
        `--init-file=${setUp}`,
      ],
      { stdio: 'ignore' },
    );
    url = `mysql://monitor:look%20only@127.0.0.1:${port}/shop`;
    for (let i = 0; ; i++)
      try {
        observer = await connectMysql({ url, statementTimeoutMs: 5000 });
        break;
      } catch (error) {
        if (i > 100) throw error;
        await pause(200);
      }
    const session = await open();
    await session.query(
      'CREATE TABLE stock (id INT PRIMARY KEY, amount INT NOT NULL, owner VARCHAR(60) NOT NULL) ENGINE=InnoDB',
    );
    await session.query(`INSERT INTO stock SELECT seq, 100, '${SECRET}' FROM seq_1_to_20000`);
    await session.query('ANALYZE TABLE stock');
    await closeAll();
  });

  afterAll(async () => {
    await closeAll();
    await observer?.close();
    const ended = new Promise((resolve) => server?.once('exit', resolve) ?? resolve(undefined));
    server?.kill();
    await ended;
    rmSync(folder, { recursive: true, force: true });
  });

  it('is left in peace when nothing is wrong, and every part of it can be read', async () => {
    const snapshot = await takeMysqlSnapshot(observer);
    expect(snapshot.product).toBe('mariadb');
    expect(snapshot.missing).toEqual([]);
    expect(diagnoseMysql(snapshot)).toEqual([]);
  });

  it('a statement that takes most of the time and reads whole tables is named', async () => {
    const session = await open();
    await session.query(
      "SELECT COUNT(*) FROM stock a JOIN stock b ON b.amount = a.amount + 1 WHERE a.id < 400 AND b.owner LIKE '%ada%'",
    );
    // As long as it takes to matter: what is over within a second of the server's time is not told, and machines differ.
    const until = Date.now() + 4000;
    for (let i = 0; i < 500 || Date.now() < until; i++)
      await session.query(`SELECT id FROM stock WHERE owner LIKE '%nobody${i}%'`);
    const found = (await findings()).filter((f) => f.id === 'heavy-statement');
    expect(found.length).toBeGreaterThan(0);
    expect(found.map((f) => plain(f.reason)).join(' ')).toContain(
      'an index is missing, or the whole table is added up',
    );
    await closeAll();
  }, 60_000);

  it('refuses every write, and stops what takes too long, in a session that only looks', async () => {
    const writer = await connectMysql({
      url: url.replace('monitor:look%20only', 'shop:shop'),
      statementTimeoutMs: 5000,
    });
    await expect(writer.rows('UPDATE stock SET amount = 0 WHERE id = 1')).rejects.toThrow(/READ ONLY/i);
    await expect(writer.rows('SELECT SLEEP(30)')).rejects.toThrow(/max_statement_time/);
    await writer.close();
  }, 20_000);

  it('a pile-up of locks is told by the idle transaction at its root, without the values of its statements', async () => {
    const holder = await open();
    await holder.query('BEGIN');
    await holder.query('UPDATE stock SET amount = amount - 1 WHERE id = 1');
    const waiters = [await open(), await open(), await open()].map((s) =>
      s.query(`UPDATE stock SET amount = 7 WHERE id = 1 AND owner = '${SECRET}'`).catch(() => undefined),
    );
    await pause(2500);
    const snapshot = await takeMysqlSnapshot(observer);
    expect(JSON.stringify(snapshot)).not.toContain(SECRET);
    const [first] = diagnoseMysql(snapshot);
    expect(first?.id).toBe('idle-in-transaction');
    expect(plain(first?.reason ?? [])).toMatch(
      /^3 sessions have waited .*They queue for one row of `?shop`?\.`?stock`?/,
    );
    await holder.query('COMMIT');
    await Promise.all(waiters);
    await closeAll();
    expect((await findings()).filter((f) => f.urgency === 'now')).toEqual([]);
  }, 30_000);

  it('a change of a table that queues behind a long read is named, with all that queue behind it', async () => {
    const reader = await open();
    await reader.query('BEGIN');
    await reader.query('SELECT COUNT(*) FROM stock');
    const change = (await open()).query('ALTER TABLE stock ADD COLUMN note TEXT').catch(() => undefined);
    await pause(200);
    const blocked = (await open()).query('SELECT COUNT(*) FROM stock').catch(() => undefined);
    await pause(2500);
    const found = (await findings()).find((f) => f.id === 'metadata-lock');
    expect(plain(found?.reason ?? [])).toMatch(
      /^2 sessions have waited .*a change of a table.*The oldest transaction/,
    );
    await reader.query('COMMIT');
    await Promise.all([change, blocked]);
    await closeAll();
    expect(await ids()).not.toContain('metadata-lock');
  }, 30_000);

  it('connections at the limit are told with what they do; a few are not', async () => {
    for (let i = 0; i < 4; i++) await open();
    expect(await ids()).not.toContain('connections-at-limit');
    for (let i = 0; i < 7; i++) await open();
    const found = (await findings()).find((f) => f.id === 'connections-at-limit');
    expect(plain(found?.reason ?? [])).toMatch(/^12 of 12 connections are taken/);
    await closeAll();
  }, 30_000);

  it('an index that another makes needless is told with how to undo', async () => {
    const session = await open();
    await session.query(
      'CREATE TABLE visit (id INT PRIMARY KEY, shop INT, at INT, KEY visit_shop (shop), KEY visit_shop_at (shop, at))',
    );
    const found = (await findings()).filter((f) => f.id === 'redundant-index');
    expect(found.map((f) => f.command)).toEqual(['DROP INDEX `visit_shop` ON `shop`.`visit`;']);
    await session.query('DROP TABLE visit');
    await closeAll();
  }, 30_000);

  it('plans statements without running them, and tells what their estimates let expect', async () => {
    const text = await lookAtMysql({
      url,
      timeoutSeconds: 5,
      workload: [
        { id: 's1', sql: "SELECT * FROM stock WHERE owner = 'nobody'" },
        { id: 's2', sql: 'SELECT * FROM stock WHERE id = 7' },
        { id: 's3', sql: 'DELETE FROM stock WHERE amount < 0' },
        { id: 's4', sql: 'DROP TABLE stock' },
        { id: 's5', sql: 'SELECT * FROM stock WHERE id = ?' },
      ],
      asJson: false,
    });
    expect(text).toMatch(/s1: .*\n {2}Table scan on stock[\s\S]*An index on the columns of the condition/);
    expect(text).toContain('Single-row lookup using PRIMARY on stock');
    expect(text).toMatch(/s4: DROP TABLE stock\n {2}no plan: only statements that read or change rows/);
    expect(text).toMatch(/s5: .*\n {2}no plan: it has parameters/);
    const session = await open();
    const [rows] = await session.query('SELECT COUNT(*) AS n FROM stock');
    expect(rows).toEqual([{ n: 20_000 }]);
    await closeAll();
  }, 30_000);

  it('that cannot be reached is told without the password', async () => {
    await expect(
      lookAtMysql({ url: 'mysql://monitor:hunter2@127.0.0.1:1/shop', timeoutSeconds: 1, asJson: false }),
    ).rejects.toThrow(/could not be reached/);
    await lookAtMysql({
      url: 'mysql://monitor:hunter2@127.0.0.1:1/shop',
      timeoutSeconds: 1,
      asJson: false,
    }).catch((e) => expect(JSON.stringify(e) + String(e)).not.toContain('hunter2'));
  });
});
