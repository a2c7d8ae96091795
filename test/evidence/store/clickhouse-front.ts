import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drainPending, Session } from 'chdb';
import { columnList, structureOf, type TableName } from '../../../src/evidence/store/schema.js';

export interface Front {
  /** As a user gives it, without a database. */
  url: string;
  /** Statements that came, in order, on one line each. */
  statements: readonly string[];
  /** Statements of these beginnings are refused, as for a user without the right. */
  refuse(...beginnings: string[]): void;
  close(): Promise<void>;
}

/**
 * ClickHouse's HTTP interface, as far as the official client speaks it, over the engine in this process. The statements are
 * run by the same engine as on a server; users, clusters and the network are not.
 */
export async function clickhouseFront(): Promise<Front> {
  const folder = mkdtempSync(join(tmpdir(), 'kneepoint-front-'));
  const session = new Session(join(folder, 'data'));
  const statements: string[] = [];
  const refused: string[] = [];
  let line: Promise<unknown> = Promise.resolve();
  const server = createServer((request, response) => {
    line = line.then(async () => {
      try {
        const bytes = await answer(request);
        response.writeHead(200, { 'content-type': 'text/plain', 'x-clickhouse-summary': '{}' });
        response.end(bytes);
      } catch (error) {
        response.writeHead(500, { 'content-type': 'text/plain' });
        const said = error instanceof Error ? error.message : String(error);
        response.end(said || `nothing was said of ${statements.at(-1)}`);
      }
    });
  });

  const answer = async (request: IncomingMessage): Promise<Uint8Array> => {
    const url = new URL(request.url ?? '/', 'http://front');
    const body = await bodyOf(request);
    if (url.pathname === '/ping') return Buffer.from('Ok.\n');
    const type = request.headers['content-type'] ?? '';
    const form = type.startsWith('multipart/form-data')
      ? [...(await new Response(body, { headers: { 'content-type': type } }).formData())]
      : undefined;
    const fields = new Map([...url.searchParams, ...(form ?? []).map(([k, v]) => [k, String(v)] as const)]);
    const asked = fields.get('query');
    const sql = asked ?? body.toString('utf8');
    statements.push(sql.replace(/\s+/g, ' ').trim());
    if (refused.some((r) => sql.trimStart().startsWith(r)))
      throw new Error('Code: 497. DB::Exception: Not enough privileges. (ACCESS_DENIED)');
    const database = url.searchParams.get('database');
    if (database !== null) await session.queryAsync(`USE ${database}`);
    for (const [name, value] of url.searchParams)
      if (SETTINGS.has(name)) await session.queryAsync(`SET ${name} = '${value}'`);
    if (asked !== undefined && !form && /^\s*INSERT/i.test(asked) && body.length > 0)
      return insert(asked, body);
    const params = Object.fromEntries(
      [...fields].flatMap(([k, v]) => (k.startsWith('param_') ? [[k.slice(6), v]] : [])),
    );
    const clean = sql.replace(/;\s*$/, '');
    const result =
      Object.keys(params).length > 0
        ? await session.queryBindAsync(clean, params, { format: 'JSONEachRow' })
        : await session.queryAsync(clean, { format: 'JSONEachRow' });
    return result.bytes();
  };
  /** `INSERT INTO table (columns) FORMAT …` with the rows behind it: the engine takes them from a file. */
  const insert = async (sql: string, rows: Buffer): Promise<Uint8Array> => {
    const [, table = '', columns = '', format = ''] =
      /INSERT INTO\s+(\w+)\s*(\(.*\))?\s*FORMAT\s+(\w+)/s.exec(sql) ?? [];
    const names = columns === '' ? columnList(table as TableName) : columns.slice(1, -1);
    const path = join(folder, 'rows');
    writeFileSync(path, rows);
    await session.queryAsync(
      `INSERT INTO ${table} (${names}) SELECT ${names} FROM file('${path}', '${format}', '${structureOf(table as TableName).replaceAll("'", "\\'")}')`,
    );
    return Buffer.alloc(0);
  };

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    statements,
    refuse: (...beginnings) => {
      refused.splice(0, refused.length, ...beginnings);
    },
    async close() {
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
      session.close();
      await drainPending();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const SETTINGS = new Set([
  'session_timezone',
  'output_format_json_quote_64bit_integers',
  'distributed_product_mode',
]);

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
