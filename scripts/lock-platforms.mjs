// Keeps the engine's packages for every supported platform in package-lock.json. npm drops those that its registry
// did not list at the time of an install, and `npm ci` then refuses the lock file everywhere.
// `--check` only compares, and exits 1 when an entry is missing.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const path = fileURLToPath(new URL('../package-lock.json', import.meta.url));
const lock = JSON.parse(readFileSync(path, 'utf8'));
const root = 'node_modules/chdb';
const wanted = Object.entries(lock.packages[root]?.optionalDependencies ?? {});
const here = wanted.map(([name]) => lock.packages[`node_modules/${name}`]).find((entry) => entry?.integrity);

const entryOf = (name, version) => {
  const [, os, cpu, libc] = /lib-(\w+)-(\w+?)(?:-(\w+))?$/.exec(name);
  return {
    version,
    cpu: [cpu],
    ...(libc ? { libc: ['glibc'] } : {}),
    license: here?.license ?? 'Apache-2.0',
    optional: true,
    os: [os],
  };
};

const missing = wanted.filter(([name]) => !lock.packages[`node_modules/${name}`]);
if (process.argv.includes('--check')) {
  for (const [name] of missing)
    console.error(`package-lock.json lacks ${name}: run node scripts/lock-platforms.mjs`);
  process.exitCode = missing.length > 0 ? 1 : 0;
} else if (missing.length > 0) {
  for (const [name, version] of missing) lock.packages[`node_modules/${name}`] = entryOf(name, version);
  const { '': project, ...rest } = lock.packages;
  const names = Object.keys(rest).sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1));
  lock.packages = { '': project, ...Object.fromEntries(names.map((n) => [n, rest[n]])) };
  writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
}
