import { arrayOf, isObject } from '../readers/sample.js';
import type { Sink } from '../readers/sink.js';
import { parseTimeNs } from '../readers/time.js';
import { change, firstLine } from './live/change.js';
import type { Credential } from './live/credentials.js';
import { withDayBefore } from './live/earlier.js';
import { AskFault } from './live/fault.js';
import { parseJson } from './live/http.js';
import { type Asking, isoMs, type SourceSystem } from './source.js';

const PAGES = 10;

/** How GitLab is reached, whatever is asked of it. */
export const GITLAB = {
  example: 'https://gitlab.com',
  gives: ['changes'],
  address: 'url',
  defaultUrl: 'https://gitlab.com',
  vendorHosts: /^gitlab\.com$/,
  perSecond: 4,
  once: 'changes',
  credentials: { token: ['GITLAB_TOKEN'] },
  headers: (credential: Credential | undefined) => ({
    ...(credential?.token === undefined ? {} : { 'private-token': credential.token }),
  }),
} satisfies Partial<SourceSystem>;

export default {
  ...GITLAB,
  id: 'gitlab',
  title: 'GitLab',
  asks: 'commits and deployments',
  products: ['gitlab'],
  options: {
    project: 'path or number: group/name; several are a list',
    service: 'what the project is called in telemetry; its name when left out',
  },
  async probe(asking) {
    const [first = ''] = projects(asking);
    await asking.client.json({ path: `/api/v4/projects/${encodeURIComponent(first)}` });
    return { version: 'API v4', can: ['changes'], notes: [] };
  },
  async plan(asking) {
    return projects(asking).flatMap((p) =>
      ['commits', 'deployments'].map((what) => ({ query: `${what} of ${p}`, calls: 1 })),
    );
  },
  async collect(asking) {
    const { fromMs, toMs } = withDayBefore(asking.window);
    for (const project of projects(asking)) {
      const service = asking.option('service') ?? project.split('/').at(-1) ?? '';
      await paged(
        asking,
        `commits of ${project} from ${isoMs(fromMs)} to ${isoMs(toMs)}`,
        `/api/v4/projects/${encodeURIComponent(project)}/repository/commits`,
        [
          ['since', isoMs(fromMs)],
          ['until', isoMs(toMs)],
        ],
        (c, sink) =>
          sink.change(
            change({
              timeNs: parseTimeNs(c.committed_date),
              kind: 'commit',
              service,
              summary: firstLine(c.title),
              revision: String(c.id ?? ''),
              author: String(c.author_name ?? ''),
            }),
            0,
          ),
      );
      await paged(
        asking,
        `deployments of ${project} from ${isoMs(fromMs)} to ${isoMs(toMs)}`,
        `/api/v4/projects/${encodeURIComponent(project)}/deployments`,
        // The order and the time that is filtered by have to be the same field.
        [
          ['updated_after', isoMs(fromMs)],
          ['updated_before', isoMs(toMs)],
          ['order_by', 'updated_at'],
          ['sort', 'asc'],
        ],
        (d, sink) => {
          const environment = isObject(d.environment) ? String(d.environment.name ?? '') : '';
          sink.change(
            change({
              timeNs: parseTimeNs(d.updated_at ?? d.created_at),
              kind: 'deploy',
              service,
              name: environment,
              summary: `deployment of ${String(d.ref ?? '')} to ${environment} (${String(d.status ?? '')})`,
              revision: String(d.sha ?? ''),
              version: String(d.ref ?? ''),
            }),
            0,
          );
        },
      );
    }
  },
} satisfies SourceSystem;

export function projects(asking: Asking): readonly string[] {
  const all = asking.list('project');
  if (all.length === 0) throw new AskFault('bad-request', 'it needs a project as group/name (project: …)');
  return all;
}

async function paged(
  asking: Asking,
  what: string,
  path: string,
  parameters: readonly (readonly [string, string])[],
  write: (one: Readonly<Record<string, unknown>>, sink: Sink) => void,
): Promise<void> {
  let page: string | undefined = '1';
  for (let n = 0; n < PAGES && page !== undefined; n++) {
    const at: string = page;
    page = await asking.page({
      query: `${what}, page ${at}`,
      ask: () => asking.client.ask({ path, parameters: [...parameters, ['per_page', '100'], ['page', at]] }),
      read(answer, sink) {
        for (const one of arrayOf(parseJson(answer)).filter(isObject)) write(one, sink);
        return answer.headers.get('x-next-page') || undefined;
      },
    });
  }
}
