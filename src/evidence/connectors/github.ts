import { arrayOf, isObject, type JsonObject } from '../readers/sample.js';
import { parseTimeNs } from '../readers/time.js';
import { change, firstLine } from './live/change.js';
import type { Credential } from './live/credentials.js';
import { withDayBefore } from './live/earlier.js';
import { AskFault } from './live/fault.js';
import { type Answer, parseJson } from './live/http.js';
import { type Asking, isoMs, type SourceSystem } from './source.js';

const PAGES = 10;
const A_PAGE = 100;

/** How GitHub is reached, whatever is asked of it. */
export const GITHUB = {
  example: 'https://api.github.com',
  gives: ['changes'],
  address: 'url',
  defaultUrl: 'https://api.github.com',
  vendorHosts: /^api\.github\.com$/,
  perSecond: 2,
  once: 'changes',
  credentials: { token: ['GITHUB_TOKEN', 'GH_TOKEN'] },
  headers: githubHeaders,
} satisfies Partial<SourceSystem>;

export default {
  ...GITHUB,
  id: 'github',
  title: 'GitHub',
  asks: 'commits, deployments and runs that deploy',
  products: ['github'],
  options: {
    repository: 'owner/name; several are a list',
    service: 'what the repository is called in telemetry; its name when left out',
    branch: 'branch whose commits are taken; the default branch when left out',
  },
  async probe(asking) {
    const [first] = repositories(asking);
    await asking.client.json({ path: `/repos/${first}` });
    return {
      version: '',
      can: ['changes'],
      notes: asking.credential
        ? []
        : ['Without a token (GITHUB_TOKEN) 60 requests an hour are answered, of public repositories.'],
    };
  },
  async plan(asking) {
    return repositories(asking).flatMap((r) =>
      ['commits', 'deployments', 'runs of workflows'].map((what) => ({ query: `${what} of ${r}`, calls: 1 })),
    );
  },
  async collect(asking) {
    for (const repository of repositories(asking)) {
      await commits(asking, repository);
      await deployments(asking, repository);
      await runs(asking, repository);
    }
  },
} satisfies SourceSystem;

export function githubHeaders(credential: Credential | undefined): Readonly<Record<string, string>> {
  return {
    accept: 'application/vnd.github+json',
    'x-github-api-version': '2022-11-28',
    ...(credential?.token === undefined ? {} : { authorization: `Bearer ${credential.token}` }),
  };
}

export function repositories(asking: Asking): readonly string[] {
  const all = asking.list('repository');
  // A name of dots alone would be another path.
  const wrong = all.find((r) => !/^[\w.-]+\/[\w.-]+$/.test(r) || /(?:^|\/)\.+(?:\/|$)/.test(r));
  if (all.length === 0 || wrong !== undefined)
    throw new AskFault('bad-request', 'it needs a repository as owner/name (repository: …)');
  return all;
}

export const serviceOf = (asking: Asking, repository: string): string =>
  asking.option('service') ?? repository.split('/').at(-1) ?? '';

/** The page that `Link: <…>; rel="next"` names, by its number. */
export function nextPage(answer: Answer): string | undefined {
  const link = /<([^>]+)>;\s*rel="next"/.exec(answer.headers.get('link') ?? '')?.[1];
  return link === undefined
    ? undefined
    : (new URL(link, 'http://host').searchParams.get('page') ?? undefined);
}

async function paged(
  asking: Asking,
  what: string,
  path: string,
  parameters: readonly (readonly [string, string])[],
  read: (value: unknown, sink: Parameters<Parameters<Asking['page']>[0]['read']>[1]) => boolean,
): Promise<void> {
  let page: string | undefined = '1';
  for (let n = 0; n < PAGES && page !== undefined; n++) {
    const at: string = page;
    page = await asking.page({
      query: `${what}, page ${at}`,
      ask: () =>
        asking.client.ask({ path, parameters: [...parameters, ['per_page', String(A_PAGE)], ['page', at]] }),
      read(answer, sink) {
        const goOn = read(parseJson(answer), sink);
        return goOn ? nextPage(answer) : undefined;
      },
    });
  }
}

async function commits(asking: Asking, repository: string): Promise<void> {
  const { fromMs, toMs } = withDayBefore(asking.window);
  const branch = asking.option('branch');
  await paged(
    asking,
    `commits of ${repository} from ${isoMs(fromMs)} to ${isoMs(toMs)}`,
    `/repos/${repository}/commits`,
    [
      ['since', isoMs(fromMs)],
      ['until', isoMs(toMs)],
      ...(branch === undefined ? [] : [['sha', branch] as const]),
    ],
    (value, sink) => {
      for (const one of arrayOf(value).filter(isObject)) {
        const commit: JsonObject = isObject(one.commit) ? one.commit : {};
        const committer = isObject(commit.committer) ? commit.committer : {};
        sink.change(
          change({
            timeNs: parseTimeNs(committer.date),
            kind: 'commit',
            service: serviceOf(asking, repository),
            summary: firstLine(commit.message),
            revision: String(one.sha ?? ''),
            author: isObject(commit.author) ? String(commit.author.name ?? '') : '',
          }),
          0,
        );
      }
      return true;
    },
  );
}

/** Deployments come newest first and cannot be asked for by time: pages end where the window does. */
async function deployments(asking: Asking, repository: string): Promise<void> {
  const { fromMs, toMs } = withDayBefore(asking.window);
  await paged(
    asking,
    `deployments of ${repository} from ${isoMs(fromMs)} to ${isoMs(toMs)}`,
    `/repos/${repository}/deployments`,
    [],
    (value, sink) => {
      const all = arrayOf(value).filter(isObject);
      for (const d of all) {
        const ms = Date.parse(String(d.created_at));
        if (!(ms >= fromMs && ms < toMs)) continue;
        sink.change(
          change({
            timeNs: parseTimeNs(d.created_at),
            kind: 'deploy',
            service: serviceOf(asking, repository),
            name: String(d.environment ?? ''),
            summary:
              firstLine(d.description) ||
              `deployment of ${String(d.ref ?? d.sha ?? '')} to ${String(d.environment ?? '')}`,
            revision: String(d.sha ?? ''),
            version: String(d.ref ?? ''),
            author: isObject(d.creator) ? String(d.creator.login ?? '') : '',
          }),
          0,
        );
      }
      return all.length > 0 && all.every((d) => Date.parse(String(d.created_at)) >= fromMs);
    },
  );
}

/** Whether a run of a workflow deploys, by what it is called. */
export const isDeployment = (run: JsonObject): boolean =>
  /deploy|release|rollout|publish/i.test(`${String(run.name)} ${String(run.path)}`);

/** Runs of workflows that deploy, with how they ended. */
async function runs(asking: Asking, repository: string): Promise<void> {
  const { fromMs, toMs } = withDayBefore(asking.window);
  await paged(
    asking,
    `workflow runs of ${repository} from ${isoMs(fromMs)} to ${isoMs(toMs)}`,
    `/repos/${repository}/actions/runs`,
    [['created', `${isoMs(fromMs)}..${isoMs(toMs)}`]],
    (value, sink) => {
      for (const r of isObject(value) ? arrayOf(value.workflow_runs).filter(isObject) : []) {
        if (!isDeployment(r)) continue;
        sink.change(
          change({
            timeNs: parseTimeNs(r.updated_at),
            kind: 'deploy',
            service: serviceOf(asking, repository),
            name: String(r.name ?? ''),
            summary: `${firstLine(r.display_title)} (${String(r.conclusion ?? r.status ?? '')})`,
            revision: String(r.head_sha ?? ''),
          }),
          0,
        );
      }
      return true;
    },
  );
}
