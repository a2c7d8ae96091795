import { arrayOf, isObject, type JsonObject } from '../readers/sample.js';
import { parseTimeNs } from '../readers/time.js';
import { GITHUB, isDeployment, nextPage, repositories, serviceOf } from './github.js';
import { change, firstLine } from './live/change.js';
import { withDayBefore } from './live/earlier.js';
import { AskFault } from './live/fault.js';
import { parseJson } from './live/http.js';
import { type Asking, isoMs, type Page, type SourceSystem } from './source.js';

const A_PAGE = 100;
/** The API gives no more runs of one search. */
const MOST_RUNS = 1000;
/** Failed runs whose jobs are looked at. */
const LOOKED_AT = 20;

export default {
  ...GITHUB,
  id: 'github-actions',
  title: 'GitHub Actions',
  asks: 'runs of workflows that test, and what failed in them',
  products: ['github-actions'],
  options: {
    repository: 'owner/name; several are a list',
    service: 'what the repository is called in telemetry; its name when left out',
    branch: 'branch whose runs are taken; all when left out',
  },
  async probe(asking) {
    const [first] = repositories(asking);
    await asking.client.json({ path: `/repos/${first}/actions/runs`, parameters: [['per_page', '1']] });
    return { version: '', can: ['changes'], notes: [] };
  },
  async plan(asking) {
    return repositories(asking).map((r) => ({ query: `runs of workflows of ${r}`, calls: 2 }));
  },
  async collect(asking) {
    for (const repository of repositories(asking)) {
      const failed = await runs(asking, repository);
      await asking.pages(failed.slice(0, LOOKED_AT).map((id) => jobsPage(asking, repository, id)));
    }
  },
} satisfies SourceSystem;

/** Runs that ended in the window; those that deploy are of `github`. Returns the ids of the failed ones. */
async function runs(asking: Asking, repository: string): Promise<string[]> {
  const { fromMs, toMs } = withDayBefore(asking.window);
  const branch = asking.option('branch');
  const failed: string[] = [];
  let page: string | undefined = '1';
  for (let n = 0; n < MOST_RUNS / A_PAGE && page !== undefined; n++) {
    const at: string = page;
    const told: string | undefined = await asking.page({
      query: `runs of workflows of ${repository} from ${isoMs(fromMs)} to ${isoMs(toMs)}, page ${at}`,
      ask: () =>
        asking.client.ask({
          path: `/repos/${repository}/actions/runs`,
          parameters: [
            ['created', `${isoMs(fromMs)}..${isoMs(toMs)}`],
            ['status', 'completed'],
            ...(branch === undefined ? [] : [['branch', branch] as const]),
            ['per_page', String(A_PAGE)],
            ['page', at],
          ],
        }),
      read(answer, sink) {
        const value = parseJson(answer);
        if (!isObject(value) || !Array.isArray(value.workflow_runs))
          throw new AskFault('malformed', 'its answer holds no workflow_runs');
        if (at === '1' && Number(value.total_count) > MOST_RUNS)
          asking.gap({
            severity: 'note',
            what: `${repository} has ${String(value.total_count)} runs in this time; ${MOST_RUNS} were taken.`,
            todo: 'Name the branch that is deployed.',
          });
        const ids: string[] = [];
        for (const run of value.workflow_runs.filter(isObject)) {
          if (isDeployment(run)) continue;
          const conclusion = String(run.conclusion ?? '');
          if (isFailure(conclusion)) ids.push(String(run.id));
          sink.change(
            change({
              timeNs: parseTimeNs(run.updated_at),
              kind: 'ci',
              service: serviceOf(asking, repository),
              name: String(run.name ?? ''),
              summary: `run ${String(run.run_number ?? '')} on ${String(run.head_branch ?? '')} ${wordOf(conclusion)}`,
              revision: String(run.head_sha ?? ''),
            }),
            0,
          );
        }
        return JSON.stringify([nextPage(answer) ?? '', ...ids]);
      },
    });
    const [next = '', ...ids] = told === undefined ? [] : (JSON.parse(told) as string[]);
    failed.push(...ids);
    page = next === '' ? undefined : next;
  }
  return failed;
}

const isFailure = (conclusion: string): boolean =>
  ['failure', 'timed_out', 'startup_failure'].includes(conclusion);
const WORDS: Readonly<Record<string, string>> = {
  success: 'passed',
  failure: 'failed',
  timed_out: 'failed: it took too long',
  startup_failure: 'failed to start',
};
const wordOf = (conclusion: string): string => WORDS[conclusion] ?? (conclusion || 'ended');

/** What failed in a run: its jobs, each by its first failed step. */
function jobsPage(asking: Asking, repository: string, run: string): Page {
  return {
    query: `jobs of run ${run} of ${repository}`,
    ask: () =>
      asking.client.ask({
        path: `/repos/${repository}/actions/runs/${encodeURIComponent(run)}/jobs`,
        parameters: [
          ['filter', 'latest'],
          ['per_page', String(A_PAGE)],
        ],
      }),
    read(answer, sink) {
      const value = parseJson(answer);
      for (const job of isObject(value) ? arrayOf(value.jobs).filter(isObject) : []) {
        if (!isFailure(String(job.conclusion))) continue;
        sink.change(
          change({
            timeNs: parseTimeNs(job.completed_at),
            kind: 'ci',
            service: serviceOf(asking, repository),
            name: `${String(job.workflow_name ?? 'workflow')} / ${String(job.name ?? '')}`,
            summary: `failed at ${firstLine(failedStep(job))}`,
            revision: String(job.head_sha ?? ''),
          }),
          0,
        );
      }
      return undefined;
    },
  };
}

const failedStep = (job: JsonObject): string =>
  String(
    arrayOf(job.steps)
      .filter(isObject)
      .find((s) => isFailure(String(s.conclusion)))?.name ?? 'a step that is not named',
  );
