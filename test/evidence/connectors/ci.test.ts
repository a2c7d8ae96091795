import { expect, test } from 'vitest';
import { type CollectedLines, collected, entry, FROM_MS } from './collecting.js';
import { fakeForEachTest } from './fake.js';

const { start, seen } = fakeForEachTest();
const AT = new Date(FROM_MS + 60_000).toISOString();
const SHA = 'a'.repeat(40);

const said = (lines: CollectedLines): string[] =>
  (lines.of('change') as { kind: string; name: string; summary: string; revision: string }[]).map(
    (c) => `${c.kind} ${c.name}: ${c.summary}`,
  );

test('GitHub Actions: runs that test, page after page, and what failed in them', async () => {
  const run = (id: number, over: Record<string, unknown>) => ({
    id,
    name: 'test',
    path: '.github/workflows/test.yml',
    run_number: id,
    head_branch: 'main',
    head_sha: SHA,
    status: 'completed',
    conclusion: 'success',
    updated_at: AT,
    ...over,
  });
  const url = await start((r) => {
    if (r.headers.authorization !== 'Bearer gh') return { status: 401, body: { message: 'Bad credentials' } };
    if (r.path === '/repos/shop/cart/actions/runs') {
      const created = r.parameters.get('created');
      if (created !== null && !/^\S+\.\.\S+$/.test(created))
        return { status: 422, body: { message: 'Validation Failed' } };
      if (r.parameters.get('page') === '2')
        return { body: { total_count: 3, workflow_runs: [run(3, { conclusion: 'timed_out' })] } };
      return {
        body: {
          total_count: 3,
          workflow_runs: [
            run(1, {}),
            run(2, { conclusion: 'failure' }),
            run(9, { name: 'Deploy', path: '.github/workflows/deploy.yml' }),
          ],
        },
        headers: { link: '<https://api.github.com/repositories/1/actions/runs?page=2>; rel="next"' },
      };
    }
    const id = /\/runs\/(\d+)\/jobs$/.exec(r.path)?.[1];
    if (id === undefined) return { status: 404, body: { message: 'Not Found' } };
    return {
      body: {
        total_count: 2,
        jobs: [
          { name: 'lint', conclusion: 'success', completed_at: AT, head_sha: SHA, steps: [] },
          {
            name: 'unit',
            workflow_name: 'test',
            conclusion: 'failure',
            completed_at: AT,
            head_sha: SHA,
            steps: [
              { name: 'Set up job', conclusion: 'success' },
              { name: 'Run pool tests', conclusion: 'failure' },
            ],
          },
        ],
      },
    };
  });
  const lines = await collected(entry('github-actions', url, { repository: 'shop/cart' }), {
    environment: { GITHUB_TOKEN: 'gh' },
  });
  expect(lines.gaps).toEqual([]);
  expect(said(lines)).toEqual([
    'ci test: run 1 on main passed',
    'ci test: run 2 on main failed',
    'ci test: run 3 on main failed: it took too long',
    'ci test / unit: failed at Run pool tests',
    'ci test / unit: failed at Run pool tests',
  ]);
});

test('GitHub Actions: a repository that is not named as owner and name is not asked for', async () => {
  const url = await start(() => ({ body: {} }));
  const lines = await collected(entry('github-actions', url, { repository: '../x' }));
  expect(lines.gaps[0]).toMatch(/needs a repository as owner\/name/);
  expect(seen()).toEqual([]);
});

test('GitLab CI: pipelines, their failed jobs and what their test reports say together', async () => {
  const url = await start((r) => {
    if (r.headers['private-token'] !== 'gl') return { status: 401, body: { message: '401 Unauthorized' } };
    if (!r.path.startsWith('/api/v4/projects/shop%2Fcart/pipelines'))
      return { status: 404, body: { message: '404 Project Not Found' } };
    if (r.path.endsWith('/pipelines')) {
      if (r.parameters.has('updated_after') && r.parameters.get('order_by') !== 'updated_at')
        return { status: 400, body: { message: 'order_by' } };
      return {
        body: [
          { id: 11, ref: 'main', sha: SHA, status: 'success', updated_at: AT, name: 'nightly' },
          { id: 12, ref: 'main', sha: SHA, status: 'failed', updated_at: AT },
          { id: 13, ref: 'main', sha: SHA, status: 'running', updated_at: AT },
          { id: 14, ref: 'old', sha: SHA, status: 'failed', updated_at: AT },
        ],
      };
    }
    if (r.path.endsWith('/12/jobs') || r.path.endsWith('/14/jobs')) {
      if (r.parameters.get('scope[]') !== 'failed') return { status: 400, body: { message: 'scope' } };
      return {
        body: r.path.includes('/14/')
          ? []
          : [
              { stage: 'test', name: 'unit', finished_at: AT, failure_reason: 'script_failure' },
              { stage: 'test', name: 'flaky', finished_at: AT, allow_failure: true },
            ],
      };
    }
    // A pipeline without reports has none.
    if (r.path.endsWith('/14/test_report_summary'))
      return { status: 404, body: { message: '404 Not Found' } };
    return {
      body: {
        total: { time: 12.5, count: 812, success: 806, failed: 2, skipped: 3, error: 1 },
        test_suites: [
          { name: 'cart', failed_count: 2, error_count: 1 },
          { name: 'tax', failed_count: 0, error_count: 0 },
        ],
      },
    };
  });
  const lines = await collected(entry('gitlab-ci', url, { project: 'shop/cart' }), {
    environment: { GITLAB_TOKEN: 'gl' },
  });
  expect(lines.gaps).toEqual([]);
  expect(said(lines)).toEqual([
    'ci nightly: 11 on main passed',
    'ci pipeline: 12 on main failed',
    'ci pipeline: 14 on old failed',
    'ci test / unit: failed: script failure',
    'ci tests: 3 of 812 tests failed: cart',
  ]);
});
