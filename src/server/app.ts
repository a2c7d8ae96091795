import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { createRedactor, type RedactorOptions } from '../evidence/redact/index.js';
import type { Policy } from '../governance/policy.js';
import { rootsOf } from '../mcp/roots.js';
import { tokensOf } from './access/tokens.js';
import { openAgents } from './agents/part.js';
import { apiPart } from './api/api.js';
import type { ApiGround } from './api/context.js';
import { openInvestigations } from './investigations.js';
import { openJobs } from './jobs/jobs.js';
import { apiVerbs } from './jobs/verbs.js';
import { openLive } from './live/open.js';
import { builtPage } from './page/files.js';
import { pagePart } from './page/part.js';
import type { Ground, Opened } from './serve.js';
import { openStudies } from './study/studies.js';

export interface AppOptions {
  policy: Policy;
  redaction: RedactorOptions;
  /** The file of the rules, for commands that the server runs. */
  redactionRules?: string | undefined;
  /** The file of the policy, where another than the usual one was named. */
  policyFile?: string | undefined;
  /** Folders whose files may be investigated. */
  roots: readonly string[];
  /** The command line before its arguments: program and script. */
  command: readonly string[];
  /** The commands as they are declared. */
  program: Command;
  approvals: string;
  /** Records of forecasts that are shown beside the server's own. */
  records?: readonly string[];
  /** The built page; `undefined` for the plain list. */
  page?: string | undefined;
}

/** Everything beside the receiver: the API, jobs, the page. */
export function openApp(options: AppOptions, { folder, receiver }: Ground): Opened {
  const { policy } = options;
  const redaction = { ...options.redaction, key: options.redaction.key ?? folder.redactionKey };
  const uploads = join(folder.path, 'uploads');
  const texts = join(folder.path, 'jobs');
  // What was sent for jobs of a server that is gone is of no use, and was not redacted.
  for (const path of [uploads, texts]) rmSync(path, { recursive: true, force: true });
  const investigations = openInvestigations(folder.investigations, policy, redaction);
  const env = { KNEEPOINT_REDACTION_KEY: process.env.KNEEPOINT_REDACTION_KEY ?? folder.redactionSecret };
  const agents = openAgents({
    command: [
      ...options.command,
      'mcp',
      ...[...options.roots, folder.received].flatMap((root) => ['--root', root]),
      ...(options.redactionRules === undefined ? [] : ['--redaction-rules', options.redactionRules]),
    ],
    env: { PATH: process.env.PATH ?? '', ...env },
  });
  const jobs = openJobs({
    folder: texts,
    command: options.command,
    env,
    atOnce: 1,
  });
  const studies = openStudies();
  const tokens = tokensOf(policy.access);
  const ground: ApiGround = {
    policy,
    folder,
    receiver,
    investigations,
    jobs,
    studies,
    tokens,
    redactor: createRedactor(redaction),
    approvals: options.approvals,
    redactionRules: options.redactionRules,
    policyFile: options.policyFile,
    records: options.records ?? [],
    verbs: apiVerbs(options.program),
    places: {
      roots: rootsOf(options.roots),
      uploads,
      investigations: folder.investigations,
      received: folder.received,
      sealed: () => receiver.sealed(),
    },
  };
  const watch = openLive(ground);
  watch.start();
  const api = apiPart(ground, watch);
  const page = pagePart({
    policy,
    tokens,
    investigations,
    built: 'page' in options ? options.page : builtPage(),
  });
  return {
    tokens,
    parts: [api, agents.part, page],
    async close() {
      watch.stop();
      studies.close();
      await agents.close();
      await jobs.close();
      for (const path of [uploads, texts]) rmSync(path, { recursive: true, force: true });
    },
  };
}
