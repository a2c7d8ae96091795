// Runs the tests that need more than Node: Redis, promtool, k6, Chromium. Installs what it can, names what it lacks.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const goBin = join(process.env.GOPATH ?? join(homedir(), 'go'), 'bin');
process.env.PATH = `${process.env.PATH}:${goBin}`;

const run = (command, args, options = {}) =>
  spawnSync(command, args, { cwd: root, encoding: 'utf8', ...options });
const has = (command) => run('sh', ['-c', `command -v ${command}`]).status === 0;
const asRoot = process.getuid?.() === 0;

/** What is needed, the Debian package that brings it, or another route. */
const PARTS = [
  { command: 'redis-server', debian: ['redis-server'], mac: 'brew install redis' },
  { command: 'promtool', debian: ['prometheus'], mac: 'brew install prometheus' },
  { command: 'amtool', debian: ['prometheus-alertmanager'], mac: 'brew install alertmanager' },
  { command: 'vmalert', debian: ['victoria-metrics'], mac: 'brew install victoriametrics' },
  { command: 'chromium', debian: ['chromium', 'fonts-dejavu-core'], mac: 'brew install chromium' },
  // Takes minutes to build: used where it is there, and named where it is not.
  {
    command: 'victoria-metrics',
    go: 'github.com/VictoriaMetrics/VictoriaMetrics/app/victoria-metrics@v1.102.0',
    mac: 'brew install victoriametrics',
    optional: true,
  },
  { command: 'nginx', debian: ['nginx-light'], mac: 'brew install nginx' },
  { command: 'mariadbd', debian: ['mariadb-server'], mac: 'brew install mariadb' },
  // Its module replaces others, so that it is built inside a module: go mod init, go get -tool, go build -o ~/go/bin/jaeger.
  {
    command: 'jaeger',
    go: 'github.com/jaegertracing/jaeger/cmd/jaeger@v1.76.0',
    mac: 'brew install jaegertracing/tap/jaeger',
    optional: true,
  },
  { command: 'k6', go: 'go.k6.io/k6@v1.3.0', mac: 'brew install k6' },
];

const missing = PARTS.filter((p) => !has(p.command));
const debian = missing.flatMap((p) => p.debian ?? []);
if (debian.length > 0 && asRoot && has('apt-get')) {
  console.error(`installing ${debian.join(', ')}`);
  run('apt-get', ['update', '-qq'], { stdio: ['ignore', 2, 2] });
  run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...debian], {
    stdio: ['ignore', 'ignore', 2],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
}
for (const part of missing.filter((p) => p.go && !p.optional && has('go'))) {
  console.error(`building ${part.command} (${part.go})`);
  run('go', ['install', part.go], { stdio: ['ignore', 2, 2], timeout: 15 * 60_000 });
}
/** A route by which the part could have been installed here. */
const installable = (part) =>
  !part.optional && ((part.debian && asRoot && has('apt-get')) || (part.go && has('go')));
const lacking = PARTS.filter((p) => !has(p.command));
for (const part of lacking)
  console.error(
    `lacking ${part.command}: tests that need it are skipped. Get it with ${
      part.debian ? `apt-get install ${part.debian[0]}` : `go install ${part.go}`
    } or ${part.mac}.`,
  );

// Where changes are judged, a test that could have run and did not is a failure.
const lost = lacking.filter(installable);
if (process.env.CI === 'true' && lost.length > 0) {
  console.error(
    `CI: ${lost.map((p) => p.command).join(', ')} could not be installed although a route is there`,
  );
  process.exit(1);
}

if (!existsSync(join(root, 'test/real'))) process.exit(0);
const { status } = run(
  'npx',
  ['vitest', 'run', '--config', 'vitest.real.config.ts', ...process.argv.slice(2)],
  { stdio: 'inherit' },
);
process.exit(status ?? 3);
