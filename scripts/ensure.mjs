// Installs what package-lock.json names, and builds, when that has not been done for these files.
// usage: node scripts/ensure.mjs [install|build]
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

const digest = (files) => {
  const h = createHash('sha256');
  for (const file of files) h.update(file).update(readFileSync(file));
  return h.digest('hex');
};
const below = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((e) => e.isFile())
    .map((e) => join(e.parentPath, e.name))
    .sort();

/** Runs `step` unless its stamp says that it ran for the same inputs. */
function once(stamp, key, step) {
  const path = join(root, stamp);
  if (existsSync(path) && readFileSync(path, 'utf8') === key) return;
  const { status } = step();
  if (status !== 0) process.exit(3);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, key);
}
const run = (command, ...args) =>
  spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' });

once('node_modules/.kneepoint-installed', digest([join(root, 'package-lock.json')]), () => {
  console.error('kneepoint: installing packages (once)');
  return run('npm', 'ci', '--no-audit', '--no-fund', '--loglevel=error');
});
if (process.argv[2] !== 'install')
  once(
    'dist/.built',
    digest([
      ...below(join(root, 'src')),
      ...below(join(root, 'page')),
      join(root, 'scripts/build.mjs'),
      join(root, 'scripts/build-page.mjs'),
    ]),
    () => run('node', 'scripts/build.mjs'),
  );
