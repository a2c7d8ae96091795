import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { hostSeries } from '../../../src/evidence/connectors/host.js';
import { quantity } from '../../../src/evidence/connectors/kubernetes/quantity.js';
import { collected, entry, FROM_MS, HOUR, seriesIn } from './collecting.js';
import { fakeForEachTest } from './fake.js';

const { start, seen } = fakeForEachTest();
const folder = mkdtempSync(join(tmpdir(), 'kneepoint-changes-'));
afterAll(() => rmSync(folder, { recursive: true }));

const AT = new Date(FROM_MS + 60_000).toISOString();
const LONG_AGO = new Date(FROM_MS - 40 * 86_400_000).toISOString();

test('GitHub: commits, deployments of the time, and runs that deploy, page after page', async () => {
  const url = await start((r) => {
    if (r.headers.authorization !== 'Bearer gh') return { status: 401, body: { message: 'Bad credentials' } };
    if (r.headers['user-agent'] === undefined || r.headers['x-github-api-version'] !== '2022-11-28')
      return { status: 403, body: { message: 'Request forbidden by administrative rules.' } };
    const page = r.parameters.get('page');
    if (r.path === '/repos/shop/cart') return { body: { id: 1 } };
    if (r.path.endsWith('/commits'))
      return {
        body: [
          {
            sha: `${page}`.repeat(40),
            commit: {
              message: `change ${page}\n\nmore`,
              author: { name: 'Jane Doe' },
              committer: { date: AT },
            },
          },
        ],
        ...(page === '1'
          ? {
              headers: {
                link: '<https://api.github.com/repositories/1/commits?per_page=100&page=2>; rel="next", <https://api.github.com/x?page=9>; rel="last"',
              },
            }
          : {}),
      };
    if (r.path.endsWith('/deployments'))
      return {
        body: [
          { created_at: AT, sha: 'a'.repeat(40), ref: 'v4.13.0', environment: 'production' },
          { created_at: LONG_AGO, sha: 'b', ref: 'v1' },
        ],
      };
    return {
      body: {
        workflow_runs: [
          {
            name: 'Deploy',
            path: '.github/workflows/deploy.yml',
            display_title: 'Deploy v4.13.0',
            conclusion: 'success',
            updated_at: AT,
            head_sha: 'a',
          },
          { name: 'Lint', path: 'lint.yml', updated_at: AT },
        ],
      },
    };
  });
  const lines = await collected(entry('github', url, { repository: 'shop/cart' }), {
    environment: { GITHUB_TOKEN: 'gh' },
  });
  expect(lines.gaps).toEqual([]);
  expect(
    (lines.of('change') as { kind: string; summary: string; service: string }[]).map((c) => [
      c.kind,
      c.service,
      c.summary,
    ]),
  ).toEqual([
    ['commit', 'cart', 'change 1'],
    ['commit', 'cart', 'change 2'],
    ['deploy', 'cart', 'deployment of v4.13.0 to production'],
    ['deploy', 'cart', 'Deploy v4.13.0 (success)'],
  ]);
  expect(lines.text).not.toContain('Jane Doe');
});

test('GitLab: the order of deployments is the field that they are filtered by', async () => {
  const url = await start((r) => {
    if (r.headers['private-token'] !== 'gl') return { status: 401, body: { message: '401 Unauthorized' } };
    if (r.path.endsWith('/deployments')) {
      if (r.parameters.has('updated_after') && r.parameters.get('order_by') !== 'updated_at')
        return { status: 400, body: { message: '`updated_at` filter requires `updated_at` sort.' } };
      return {
        body: [{ updated_at: AT, ref: 'main', sha: 'a', status: 'success', environment: { name: 'prod' } }],
      };
    }
    return {
      body: r.path.endsWith('/commits')
        ? [{ id: 'a', title: 'pool size', committed_date: AT, author_name: 'J' }]
        : { id: 1 },
    };
  });
  const lines = await collected(entry('gitlab', url, { project: 'shop/cart' }), {
    environment: { GITLAB_TOKEN: 'gl' },
  });
  expect((lines.of('change') as { summary: string }[]).map((c) => c.summary)).toEqual([
    'pool size',
    'deployment of main to prod (success)',
  ]);
  expect(seen().some((s) => s.path.includes('/projects/shop%2Fcart'))).toBe(true);
});

const hasGit = spawnSync('git', ['--version']).status === 0;
test.skipIf(!hasGit)(
  'git: the log of this machine, with its tags and lines; no option can be smuggled in',
  async () => {
    const git = (...args: string[]): void => {
      execFileSync('git', ['-C', folder, ...args], {
        env: {
          ...process.env,
          GIT_AUTHOR_NAME: 'J',
          GIT_AUTHOR_EMAIL: 'j@example.com',
          GIT_COMMITTER_NAME: 'J',
          GIT_COMMITTER_EMAIL: 'j@example.com',
          GIT_COMMITTER_DATE: AT,
          GIT_AUTHOR_DATE: AT,
          GIT_CONFIG_GLOBAL: '/dev/null',
        },
      });
    };
    git('init', '-q');
    writeFileSync(join(folder, 'pool.ts'), 'max: 20\n');
    git('add', '.');
    git('commit', '-q', '-m', 'first');
    writeFileSync(join(folder, 'pool.ts'), 'max: 2\n');
    git('commit', '-q', '-am', 'config(db): fewer connections');
    git('tag', 'v4.13.1');
    const lines = await collected(entry('git', undefined, { path: folder, service: 'cart' }));
    expect(lines.of('change')).toMatchObject([
      {
        kind: 'deploy',
        summary: 'config(db): fewer connections',
        version: 'v4.13.1',
        files: ['pool.ts'],
        diff: expect.stringContaining('+max: 2'),
      },
      { kind: 'commit', summary: 'first' },
    ]);
    expect(
      (await collected(entry('git', undefined, { path: folder, branch: '--output=/tmp/x' }))).gaps[0],
    ).toMatch(/odd name/);
    expect((await collected(entry('git', undefined, { path: join(folder, 'none') }))).gaps[0]).toMatch(
      /git says/,
    );
  },
);

test('Argo CD: the syncs of the time; a list that is null is none', async () => {
  const app = {
    metadata: { name: 'cart' },
    status: {
      summary: { images: ['cart:4.13'] },
      history: [
        { deployedAt: LONG_AGO, revision: 'old' },
        { deployedAt: AT, revision: 'abcdef0123456789' },
      ],
    },
  };
  let items: unknown = [app];
  const url = await start((r) =>
    r.path === '/api/version' ? { body: { Version: 'v3.1.0' } } : { body: { items } },
  );
  expect((await collected(entry('argocd', url))).of('change')).toMatchObject([
    {
      kind: 'deploy',
      service: 'cart',
      summary: 'sync of cart to abcdef012345, now cart:4.13',
      revision: 'abcdef0123456789',
    },
  ]);
  items = null;
  expect((await collected(entry('argocd', url))).gaps).toEqual([]);
});

test('Grafana: annotations are changes, those of alerts are alerts', async () => {
  const url = await start((r) => {
    if (r.path === '/api/health') return { body: { version: '12.0.0' } };
    if (r.headers.authorization !== 'Bearer gf') return { status: 401, body: { message: 'Unauthorized' } };
    if (r.parameters.has('from') && r.parameters.get('from')?.length !== 13)
      return { status: 400, body: { message: 'from' } };
    return {
      body: [
        {
          id: 1,
          alertId: 0,
          newState: '',
          time: FROM_MS,
          text: '<b>Deploy</b> 4.13',
          tags: ['deploy', 'service:cart', 'version:4.13'],
        },
        { id: 2, alertId: 7, alertName: 'Slow', newState: 'Alerting', time: FROM_MS, text: 'p99', tags: [] },
        { id: 3, alertId: 7, newState: 'Normal', time: FROM_MS, text: '', tags: [] },
      ],
    };
  });
  const lines = await collected(entry('grafana', url), { environment: { GRAFANA_TOKEN: 'gf' } });
  expect(lines.of('change')).toMatchObject([
    { kind: 'deploy', service: 'cart', version: '4.13', summary: 'Deploy 4.13' },
  ]);
  expect(lines.of('alert')).toMatchObject([{ name: 'Slow' }]);
});

describe('Kubernetes', () => {
  test('rollouts, telling events, limits and throttling; what is forbidden costs its part alone', async () => {
    const url = await start((r) => {
      if (r.headers.authorization !== 'Bearer kube')
        return { status: 401, body: { kind: 'Status', message: 'Unauthorized' } };
      switch (r.path) {
        case '/version':
          return { body: { gitVersion: 'v1.33.1' } };
        case '/apis/apps/v1/namespaces/shop/replicasets':
          return {
            body: {
              items: [
                {
                  metadata: {
                    name: 'cart-7d9c5b6f4',
                    creationTimestamp: AT,
                    annotations: { 'deployment.kubernetes.io/revision': '7' },
                    ownerReferences: [{ kind: 'Deployment', name: 'cart' }],
                  },
                  spec: { template: { spec: { containers: [{ image: 'cart:4.13.0' }] } } },
                },
                {
                  metadata: {
                    creationTimestamp: LONG_AGO,
                    ownerReferences: [{ kind: 'Deployment', name: 'cart' }],
                  },
                },
              ],
            },
          };
        case '/api/v1/namespaces/shop/events':
          return {
            body: {
              items: [
                {
                  reason: 'OOMKilling',
                  lastTimestamp: AT,
                  count: 3,
                  message: 'Memory cgroup out of memory',
                  involvedObject: { kind: 'Pod', name: 'cart-7d9c5b6f4-abcde' },
                },
                { reason: 'Pulled', lastTimestamp: AT, involvedObject: {} },
              ],
            },
          };
        case '/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods':
          return {
            status: 404,
            body: { kind: 'Status', message: 'the server could not find the requested resource' },
          };
        case '/api/v1/namespaces/shop/pods':
          return {
            body: {
              items: [
                {
                  metadata: { name: 'cart-7d9c5b6f4-abcde', labels: { app: 'cart' } },
                  spec: {
                    containers: [{ name: 'app', resources: { limits: { cpu: '250m', memory: '512Mi' } } }],
                  },
                },
              ],
            },
          };
        case '/api/v1/nodes':
          return {
            body: {
              items: [
                {
                  metadata: { name: 'n1' },
                  status: {
                    conditions: [
                      { type: 'MemoryPressure', status: 'True' },
                      { type: 'Ready', status: 'True' },
                    ],
                  },
                },
              ],
            },
          };
        case '/api/v1/nodes/n1/proxy/metrics/cadvisor':
          return {
            body: '# TYPE container_cpu_cfs_throttled_periods_total counter\ncontainer_cpu_cfs_throttled_periods_total{container="app",pod="cart-1"} 30 1777636800000\ncontainer_cpu_cfs_throttled_periods_total{container="",pod=""} 99 1777636800000\n',
          };
        default:
          return { status: 403, body: { kind: 'Status', message: 'forbidden' } };
      }
    });
    const lines = await collected(entry('kubernetes', url, { namespace: 'shop' }), {
      environment: { KUBE_TOKEN: 'kube' },
    });
    expect((lines.of('change') as { summary: string }[]).map((c) => c.summary)).toEqual([
      'rollout 7 of cart: cart:4.13.0',
      'OOMKilling Pod cart-7d9c5b6f4-abcde: Memory cgroup out of memory (3 times)',
    ]);
    const series = seriesIn(lines);
    expect(series.map((s) => [s.name, s.values])).toEqual(
      expect.arrayContaining(
        [
          ['k8s.container.cpu_limit', [0.25]],
          ['k8s.container.memory_limit', [512 * 1024 ** 2]],
          ['k8s.node.condition', [1]],
          ['container_cpu_cfs_throttled_periods_total', [30]],
        ].map(([n, v]) => [
          n === 'container_cpu_cfs_throttled_periods_total'
            ? expect.stringMatching(/^container_cpu_cfs_throttled_periods/)
            : n,
          v,
        ]),
      ),
    );
    expect(lines.gaps.filter((g) => g.startsWith('Kubernetes gives no'))).toEqual([
      expect.stringMatching(/no use of pods: it answered 404/),
    ]);
  });

  test('quantities are read as they are written', () => {
    expect(['250m', '2', '512Mi', '1e3', '100n', '1.5Gi', '', 'many'].map(quantity)).toEqual([
      0.25,
      2,
      536_870_912,
      1000,
      1e-7,
      1.5 * 1024 ** 3,
      Number.NaN,
      Number.NaN,
    ]);
  });
});

describe('this host', () => {
  const stat = (busy: number, idle: number): string => `cpu  ${busy} 0 0 ${idle} 0 0 0 0 0 0\ncpu0 1 1 1 1\n`;
  test('tells busy share, quota and throttling of cgroup version 2', () => {
    const reading = (i: number) => ({
      atMs: FROM_MS + i * 1000,
      processors: 4,
      files: {
        '/proc/stat': stat(100 * i, 300 * i),
        '/proc/loadavg': '8.00 4 2 1/1 1',
        '/proc/meminfo': 'MemTotal: 1000 kB\nMemAvailable: 250 kB\n',
        '/proc/pressure/cpu': 'some avg10=12.50 avg60=0.00 avg300=0.00 total=1\n',
        '/sys/fs/cgroup/cpu.max': '200000 100000\n',
        '/sys/fs/cgroup/cpu.stat': `nr_periods ${10 * i}\nnr_throttled ${4 * i}\n`,
        '/sys/fs/cgroup/memory.current': '80\n',
        '/sys/fs/cgroup/memory.max': '100\n',
      },
    });
    const of = new Map(hostSeries('h', [reading(1), reading(2)]).map((s) => [s.name, s.points.at(-1)?.[1]]));
    expect(Object.fromEntries(of)).toMatchObject({
      'system.cpu.utilization': 0.25,
      'system.cpu.load_per_processor': 2,
      'system.memory.utilization': 0.75,
      'system.pressure.cpu': 12.5,
      'container.cpu.limit': 2,
      'container.cpu.throttled_share': 0.4,
      'container.memory.utilization': 0.8,
    });
  });

  test('tells them of version 1, where "no limit" is a large number', () => {
    const files = {
      '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '150000\n',
      '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
      '/sys/fs/cgroup/memory/memory.usage_in_bytes': '5\n',
      '/sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
    };
    const of = new Map(
      hostSeries('h', [{ atMs: FROM_MS, processors: 2, files }]).map((s) => [s.name, s.points[0]?.[1]]),
    );
    expect(of.get('container.cpu.limit')).toBe(1.5);
    expect(of.has('container.memory.utilization')).toBe(false);
  });

  test('is read where another root is given, and says where there is none', async () => {
    mkdirSync(join(folder, 'root/proc'), { recursive: true });
    writeFileSync(join(folder, 'root/proc/stat'), stat(1, 1));
    writeFileSync(join(folder, 'root/proc/loadavg'), '1.0 1 1 1/1 1');
    const lines = await collected(
      entry('host', undefined, { root: join(folder, 'root'), seconds: '1', name: 'box' }),
      { windows: [HOUR] },
    );
    expect(seriesIn(lines).map((s) => s.name)).toContain('system.cpu.load_per_processor');
    expect((await collected(entry('host', undefined, { root: join(folder, 'none') }))).gaps[0]).toMatch(
      /there is no \/proc here/,
    );
  });
});
