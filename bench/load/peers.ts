import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/** A load tool that is given the same run. */
export interface Peer {
  name: string;
  /** How to get it, where it is not there. */
  route: string;
  installed(): boolean;
  /** The p99 that it prints, milliseconds; `undefined` when it printed none. Rejects with a `PeerFault`. */
  p99(url: string, rate: number, seconds: number): Promise<number | undefined>;
}

/** Why a peer has no number: a sentence. */
export class PeerFault extends Error {}

/** k6 is where Go puts what it builds, which is not always on the path. */
const PATH = `${process.env.PATH}${delimiter}${join(process.env.GOPATH ?? join(homedir(), 'go'), 'bin')}`;
const env = { ...process.env, PATH };

const has = (command: string): boolean =>
  spawnSync('sh', ['-c', `command -v ${command}`], { env }).status === 0;

/** A peer may take so many seconds longer than the run that it was asked for; then it is ended. */
const SPARE_SECONDS = 15;

/** What a peer printed. Rejects when it came to no end in its time: it and what it started are killed then. */
const output = (command: string, args: string[], seconds: number, cwd?: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'ignore'],
      env,
      detached: true,
      ...(cwd ? { cwd } : {}),
    });
    let text = '';
    const limit = seconds + SPARE_SECONDS;
    const timer = setTimeout(() => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      reject(new PeerFault(`no answer within ${limit} s`));
    }, limit * 1000);
    child.stdout.on('data', (d: Buffer) => {
      text += d.toString();
    });
    child.on('close', () => {
      clearTimeout(timer);
      resolve(text);
    });
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(new PeerFault(error.message));
    });
  });

const UNIT: Record<string, number> = { us: 0.001, ms: 1, s: 1000, m: 60_000 };
const USERS = 10;

/** Closed: ten connections, each sends when its answer is there. */
const wrk: Peer = {
  name: 'wrk',
  route: 'apt-get install wrk',
  installed: () => has('wrk'),
  async p99(url, _rate, seconds) {
    const text = await output('wrk', ['-t1', `-c${USERS}`, `-d${seconds}s`, '--latency', url], seconds);
    const found = /99%\s+([\d.]+)(us|ms|s|m)/.exec(text);
    return found ? Number(found[1]) * (UNIT[found[2] ?? ''] ?? 1) : undefined;
  },
};

/** The program of autocannon: the one on the path, else fetched from npm into a folder of its own, once a run. */
const FETCH_MS = 60_000;
let fetched: string | undefined;
function autocannonProgram(): string | undefined {
  if (has('autocannon')) return 'autocannon';
  if (fetched !== undefined) return fetched === '' ? undefined : fetched;
  const folder = mkdtempSync(join(tmpdir(), 'kneepoint-autocannon-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const install = ['install', '--prefix', folder, '--no-audit', '--no-fund', '--silent', 'autocannon@8'];
  const done = spawnSync('npm', install, { stdio: 'ignore', timeout: FETCH_MS });
  fetched = done.status === 0 ? join(folder, 'node_modules/.bin/autocannon') : '';
  return fetched === '' ? undefined : fetched;
}

/** Closed: its rate is reached by sending a burst a second. */
const autocannon: Peer = {
  name: 'autocannon',
  route: 'npm install --global autocannon@8',
  installed: () => autocannonProgram() !== undefined,
  async p99(url, rate, seconds) {
    const args = ['-j', '-R', String(rate), '-c', String(USERS), '-d', String(seconds), url];
    const text = await output(autocannonProgram() ?? '', args, seconds);
    try {
      return (JSON.parse(text) as { latency: { p99: number } }).latency.p99;
    } catch {
      return undefined;
    }
  },
};

/** Arrival rate with ten virtual users: an open model as long as a user is free. */
const k6: Peer = {
  name: 'k6',
  route: 'go install go.k6.io/k6@v1.3.0',
  installed: () => has('k6'),
  async p99(url, rate, seconds) {
    const folder = mkdtempSync(join(tmpdir(), 'kneepoint-k6-'));
    try {
      writeFileSync(
        join(folder, 'script.js'),
        `import http from 'k6/http';
export const options = { scenarios: { s: { executor: 'constant-arrival-rate', rate: ${rate}, timeUnit: '1s',
  duration: '${seconds}s', preAllocatedVUs: ${USERS}, maxVUs: ${USERS} } }, summaryTrendStats: ['p(99)'] };
export default function () { http.get('${url}'); }
`,
      );
      await output('k6', ['run', '--quiet', '--summary-export', 'out.json', 'script.js'], seconds, folder);
      const summary = JSON.parse(readFileSync(join(folder, 'out.json'), 'utf8')) as {
        metrics: { http_req_duration: { 'p(99)': number } };
      };
      return summary.metrics.http_req_duration['p(99)'];
    } catch (error) {
      if (error instanceof PeerFault) throw error;
      return undefined;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

export const PEERS: readonly Peer[] = [wrk, autocannon, k6];
