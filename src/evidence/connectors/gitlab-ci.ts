import { arrayOf, isObject } from '../readers/sample.js';
import { parseTimeNs } from '../readers/time.js';
import { GITLAB, projects } from './gitlab.js';
import { change } from './live/change.js';
import { withDayBefore } from './live/earlier.js';
import { AskFault } from './live/fault.js';
import { parseJson } from './live/http.js';
import { type Asking, isoMs, type Page, type SourceSystem } from './source.js';

const A_PAGE = 100;
const PAGES = 10;
/** Failed pipelines whose jobs and tests are looked at. */
const LOOKED_AT = 20;

interface Failed {
  id: string;
  sha: string;
  at: string;
}

export default {
  ...GITLAB,
  id: 'gitlab-ci',
  title: 'GitLab CI',
  asks: 'pipelines, and what failed in them',
  products: ['gitlab-ci'],
  options: {
    project: 'path or number: group/name; several are a list',
    service: 'what the project is called in telemetry; its name when left out',
    branch: 'branch or tag whose pipelines are taken; all when left out',
  },
  async probe(asking) {
    const [first = ''] = projects(asking);
    await asking.client.json({ path: `${of(first)}/pipelines`, parameters: [['per_page', '1']] });
    return { version: 'API v4', can: ['changes'], notes: [] };
  },
  async plan(asking) {
    return projects(asking).map((p) => ({ query: `pipelines of ${p}`, calls: 2 }));
  },
  async collect(asking) {
    for (const project of projects(asking)) {
      const failed = (await pipelines(asking, project)).slice(-LOOKED_AT);
      await asking.pages(
        failed.flatMap((f) => [jobsPage(asking, project, f), testsPage(asking, project, f)]),
      );
    }
  },
} satisfies SourceSystem;

const of = (project: string): string => `/api/v4/projects/${encodeURIComponent(project)}`;
const serviceOf = (asking: Asking, project: string): string =>
  asking.option('service') ?? project.split('/').at(-1) ?? '';

const WORDS: Readonly<Record<string, string>> = {
  success: 'passed',
  failed: 'failed',
  canceled: 'was cancelled',
};
const ENDED: ReadonlySet<string> = new Set(Object.keys(WORDS));

/** Pipelines that ended in the window, oldest first; returns the failed ones. */
async function pipelines(asking: Asking, project: string): Promise<Failed[]> {
  const { fromMs, toMs } = withDayBefore(asking.window);
  const branch = asking.option('branch');
  const failed: Failed[] = [];
  let page: string | undefined = '1';
  for (let n = 0; n < PAGES && page !== undefined; n++) {
    const at: string = page;
    const told: string | undefined = await asking.page({
      query: `pipelines of ${project} from ${isoMs(fromMs)} to ${isoMs(toMs)}, page ${at}`,
      ask: () =>
        asking.client.ask({
          path: `${of(project)}/pipelines`,
          parameters: [
            ['updated_after', isoMs(fromMs)],
            ['updated_before', isoMs(toMs)],
            ['order_by', 'updated_at'],
            ['sort', 'asc'],
            ...(branch === undefined ? [] : [['ref', branch] as const]),
            ['per_page', String(A_PAGE)],
            ['page', at],
          ],
        }),
      read(answer, sink) {
        const value = parseJson(answer);
        if (!Array.isArray(value)) throw new AskFault('malformed', 'its answer holds no pipelines');
        const found: Failed[] = [];
        for (const p of value.filter(isObject)) {
          const status = String(p.status ?? '');
          if (!ENDED.has(status)) continue;
          const [sha, updated] = [String(p.sha ?? ''), String(p.updated_at ?? '')];
          if (status === 'failed') found.push({ id: String(p.id), sha, at: updated });
          sink.change(
            change({
              timeNs: parseTimeNs(updated),
              kind: 'ci',
              service: serviceOf(asking, project),
              name: typeof p.name === 'string' && p.name !== '' ? p.name : 'pipeline',
              summary: `${String(p.id)} on ${String(p.ref ?? '')} ${WORDS[status]}`,
              revision: sha,
            }),
            0,
          );
        }
        return JSON.stringify({ next: answer.headers.get('x-next-page') ?? '', failed: found });
      },
    });
    const more = told === undefined ? undefined : (JSON.parse(told) as { next: string; failed: Failed[] });
    failed.push(...(more?.failed ?? []));
    page = more === undefined || more.next === '' ? undefined : more.next;
  }
  return failed;
}

function jobsPage(asking: Asking, project: string, { id, sha, at }: Failed): Page {
  return {
    query: `failed jobs of pipeline ${id} of ${project}`,
    ask: () =>
      asking.client.ask({
        path: `${of(project)}/pipelines/${encodeURIComponent(id)}/jobs`,
        parameters: [
          ['scope[]', 'failed'],
          ['per_page', String(A_PAGE)],
        ],
      }),
    read(answer, sink) {
      for (const job of arrayOf(parseJson(answer)).filter(isObject)) {
        // A job that may fail did not stop the pipeline.
        if (job.allow_failure === true) continue;
        sink.change(
          change({
            timeNs: parseTimeNs(job.finished_at) ?? parseTimeNs(at),
            kind: 'ci',
            service: serviceOf(asking, project),
            name: `${String(job.stage ?? '')} / ${String(job.name ?? '')}`,
            summary: `failed: ${String(job.failure_reason ?? 'no reason given').replaceAll('_', ' ')}`,
            revision: sha,
          }),
          0,
        );
      }
      return undefined;
    },
  };
}

/** What the JUnit reports of a pipeline say together; a pipeline without reports has none. */
function testsPage(asking: Asking, project: string, { id, sha, at }: Failed): Page {
  return {
    query: `test report of pipeline ${id} of ${project}`,
    ask: () =>
      asking.client.ask({
        path: `${of(project)}/pipelines/${encodeURIComponent(id)}/test_report_summary`,
        accepts: [404],
      }),
    read(answer, sink) {
      if (answer.status === 404) return undefined;
      const value = parseJson(answer);
      const total = isObject(value) && isObject(value.total) ? value.total : {};
      const [tests, failed] = [
        Number(total.count ?? 0),
        Number(total.failed ?? 0) + Number(total.error ?? 0),
      ];
      if (!(tests > 0) || !(failed > 0)) return undefined;
      const suites = (isObject(value) ? arrayOf(value.test_suites).filter(isObject) : [])
        .filter((s) => Number(s.failed_count ?? 0) + Number(s.error_count ?? 0) > 0)
        .map((s) => String(s.name ?? ''));
      sink.change(
        change({
          timeNs: parseTimeNs(at),
          kind: 'ci',
          service: serviceOf(asking, project),
          name: 'tests',
          summary: `${failed} of ${tests} tests failed: ${suites.slice(0, 3).join(', ')}${suites.length > 3 ? ', …' : ''}`,
          revision: sha,
        }),
        0,
      );
      return undefined;
    },
  };
}
