import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drainPending, Session } from 'chdb';
import { columnList, structureOf, type TableName } from './schema.js';
import { compactRows, type InsertRows, type Params, parseLines, type Store, StoreError } from './store.js';

const ROWS = { format: 'JSONEachRow' } as const;
const TEMPORARY = 'kneepoint-store-';

/**
 * ClickHouse in this process (chDB). It is used through its own session and not through `@clickhouse/client`:
 * only the session streams results and takes rows as bytes.
 */
export async function openEmbedded(directory?: string): Promise<Store> {
  const path = directory ?? temporaryDirectory();
  if (directory !== undefined) mkdirSync(directory, { recursive: true });
  const removeNow = (): void => rmSync(path, { recursive: true, force: true });
  if (directory === undefined) process.once('exit', removeNow);
  const sessions = sessionPool(() => openSession(path, directory));
  const session = await sessions.first();
  const asFile = fileOf(join(path, 'kneepoint-rows'));
  return {
    async query<T>(sql: string, params?: Params): Promise<T[]> {
      const result = await sessions.use((s) =>
        params ? s.queryBindAsync(sql, params, ROWS) : s.queryAsync(sql, ROWS),
      );
      return parseLines<T>(result.text());
    },
    async *stream<T>(sql: string, params?: Params): AsyncIterable<T[]> {
      const chunks = params ? session.queryStreamBind(sql, params, ROWS) : session.queryStream(sql, ROWS);
      for await (const chunk of chunks) yield parseLines<T>(chunk.text());
    },
    async insert(table: TableName, rows: InsertRows): Promise<void> {
      if (!('rowBinary' in rows)) {
        if (rows.length === 0) return;
        const { columns, bytes } = compactRows(rows);
        await session.insert({ table, columns, values: bytes, format: 'JSONCompactEachRow' });
      } else if (rows.rowBinary.length > 0) await insertRowBinary(session, asFile, table, rows.rowBinary);
    },
    async command(sql: string, params?: Params): Promise<void> {
      await sessions.use((s) => (params ? s.queryBindAsync(sql, params) : s.queryAsync(sql)));
    },
    asFile,
    async close(): Promise<void> {
      await sessions.close();
      await drainPending();
      if (directory === undefined) {
        process.removeListener('exit', removeNow);
        removeNow();
      }
    },
  };
}

async function openSession(path: string, directory: string | undefined): Promise<Session> {
  const session = startSession(path, directory);
  await session.queryAsync("SET session_timezone = 'UTC'");
  await session.queryAsync('SET output_format_json_quote_64bit_integers = 0');
  return session;
}

/** A session runs one statement at a time. A second one is opened when two are wanted at once; more wait. */
function sessionPool(open: () => Promise<Session>) {
  const running = [0, 0];
  const opened: Promise<Session>[] = [];
  const nth = (n: number): Promise<Session> => {
    const session = opened[n] ?? open();
    opened[n] = session;
    return session;
  };
  return {
    first: () => nth(0),
    async use<T>(work: (session: Session) => Promise<T>): Promise<T> {
      const n = running[0] === 0 || running[1] !== 0 ? 0 : 1;
      running[n] = (running[n] ?? 0) + 1;
      try {
        return await work(await nth(n));
      } finally {
        running[n] = (running[n] ?? 1) - 1;
      }
    },
    async close(): Promise<void> {
      for (const session of opened.reverse()) (await session).close();
    },
  };
}

type AsFile = NonNullable<Store['asFile']>;

/**
 * Rows go to the engine through a file: its reader of files takes 400 k rows/s and more, its reader of statements
 * 120 k.
 */
async function insertRowBinary(
  session: Session,
  asFile: AsFile,
  table: TableName,
  bytes: Uint8Array,
): Promise<void> {
  const { path, close } = await asFile([bytes]);
  try {
    await session.queryBindAsync(
      `INSERT INTO ${table} (${columnList(table)})
       SELECT * FROM file({path:String}, 'RowBinary', {structure:String})`,
      { path, structure: structureOf(table) },
    );
  } finally {
    await close();
  }
}

/** Linux lets a process open its own open files by number: the file needs no name, and ends with the process. */
const NAMELESS = process.platform === 'linux';

function fileOf(prefix: string): AsFile {
  let files = 0;
  return async (bytes) => {
    const path = `${prefix}-${files++}.bin`;
    const file = await open(path, 'wx+', 0o600);
    const close = async (): Promise<void> => {
      await file.close();
      if (!NAMELESS) await rm(path, { force: true });
    };
    try {
      if (NAMELESS) await rm(path);
      await writeWhole(file, bytes);
    } catch (error) {
      await close();
      throw error;
    }
    return { path: NAMELESS ? `/proc/self/fd/${file.fd}` : path, close };
  };
}

/** Linux takes at most 1024 pieces in one write. */
const PIECES = 1000;

/**
 * In as few writes as can be: between two of them the process may be busy with the next block, and the engine waits.
 */
async function writeWhole(file: FileHandle, pieces: readonly Uint8Array[]): Promise<void> {
  let rest = pieces.filter((p) => p.length > 0);
  while (rest.length > 0) {
    let { bytesWritten } = await file.writev(rest.slice(0, PIECES));
    let whole = 0;
    while (whole < rest.length && bytesWritten >= (rest[whole]?.length ?? 0))
      bytesWritten -= rest[whole++]?.length ?? 0;
    const cut = rest[whole]?.subarray(bytesWritten);
    rest = cut ? [cut, ...rest.slice(whole + 1)] : [];
  }
}

function startSession(path: string, directory: string | undefined): Session {
  try {
    return new Session(path);
  } catch (cause) {
    const where = directory ?? 'the temporary data directory';
    throw new StoreError(
      'The data directory could not be opened: another process, or another store in this one, may hold it.',
      where,
      'Close the other one, or name another directory. One process at a time can use a data directory.',
      { cause },
    );
  }
}

/** A fresh directory, named for this process. Those that killed processes left behind are removed. */
function temporaryDirectory(): string {
  const root = tmpdir();
  for (const name of readdirSync(root)) {
    const pid = name.startsWith(TEMPORARY) ? Number(name.slice(TEMPORARY.length).split('-')[0]) : Number.NaN;
    if (Number.isInteger(pid) && !isAlive(pid)) rmSync(join(root, name), { recursive: true, force: true });
  }
  return mkdtempSync(join(root, `${TEMPORARY}${process.pid}-`));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
