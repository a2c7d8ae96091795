import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../lab/topology/free-port.js';
import type { Server } from './postgres.js';

const DEBIAN = '/usr/lib/postgresql';

/**
 * A server of the system's own PostgreSQL that has an extension, in a new folder that goes with it. Undefined where none is
 * installed (Debian: `apt-get install postgresql-15-hypopg`).
 */
export async function startSystemPostgres(
  extension?: string,
  flags: readonly string[] = [],
): Promise<Server | undefined> {
  const version = existsSync(DEBIAN)
    ? readdirSync(DEBIAN)
        .sort((a, b) => Number(b) - Number(a))
        .find(
          (v) =>
            existsSync(join(DEBIAN, v, 'bin/initdb')) &&
            (extension === undefined ||
              existsSync(`/usr/share/postgresql/${v}/extension/${extension}.control`)),
        )
    : undefined;
  if (version === undefined) return undefined;
  const bin = join(DEBIAN, version, 'bin');
  const folder = mkdtempSync(join(tmpdir(), 'kneepoint-postgres-'));
  // PostgreSQL refuses to run as root; Debian's package made a user for it.
  const asRoot = process.getuid?.() === 0;
  const owner = asRoot && existsSync('/var/lib/postgresql') ? statSync('/var/lib/postgresql') : undefined;
  if (owner) chownSync(folder, owner.uid, owner.gid);
  const options = { stdio: 'ignore' as const, ...(owner ? { uid: owner.uid, gid: owner.gid } : {}) };
  const data = join(folder, 'data');
  const port = await freePort();
  execFileSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'kneepoint', '-N', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8'],
    options,
  );
  const settings = [
    'fsync=off',
    'autovacuum=off',
    'listen_addresses=127.0.0.1',
    `port=${port}`,
    `unix_socket_directories=${folder}`,
    ...flags,
  ];
  execFileSync(
    join(bin, 'pg_ctl'),
    ['-D', data, '-w', '-l', join(folder, 'log'), '-o', settings.map((s) => `-c ${s}`).join(' '), 'start'],
    options,
  );
  return {
    url: `postgres://kneepoint@127.0.0.1:${port}/postgres`,
    folder,
    stop: async () => {
      execFileSync(join(bin, 'pg_ctl'), ['-D', data, '-w', '-m', 'fast', 'stop'], options);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
