import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { plain, type Result, resultSchema } from '../domain/index.js';
import { createRedactor, type RedactorOptions } from '../evidence/redact/index.js';
import { mayLeave } from '../governance/classification.js';
import type { Policy } from '../governance/policy.js';
import { redactAgain } from '../governance/redact-again.js';
import { renderHtml } from '../report/html.js';
import { Denied } from './denied.js';

/** An investigation of this server: a folder with its result, report, pages, deliverables and telemetry. */
export interface About {
  id: string;
  title: string;
  by: string;
  /** ISO 8601. */
  at: string;
  job: string;
  state: 'queued' | 'running' | 'done' | 'failed' | 'cancelled' | 'interrupted';
  /** Once it has a result. */
  app?: string;
  kind?: string;
  verdict?: string;
}

export interface Investigations {
  list(): About[];
  about(id: string): About;
  /** Its folder; throws a 404 when there is no such investigation. */
  folder(id: string): string;
  begin(about: About): string;
  settle(id: string, state: About['state']): void;
  /** The result as it may leave: redacted once more, and never above the level that the policy allows. */
  result(id: string): Leaving;
  /** The report, rendered from that. */
  html(id: string): string;
}

export interface Leaving {
  result: Result;
  json: string;
  /** For caches of those who ask. */
  etag: string;
}

const ABOUT = 'about.json';
const ID = /^[a-z0-9-]{1,64}$/;
const MOST_CACHED = 8;

export function openInvestigations(path: string, policy: Policy, redaction: RedactorOptions): Investigations {
  const cache = new Map<string, { mtimeMs: number; leaving: Leaving }>();
  const folder = (id: string): string => {
    const whole = join(path, id);
    if (!ID.test(id) || !existsSync(join(whole, ABOUT)))
      throw new Denied(404, 'There is no such investigation.');
    return whole;
  };
  const about = (id: string): About => JSON.parse(readFileSync(join(folder(id), ABOUT), 'utf8')) as About;
  const write = (of: About): void =>
    writeFileSync(join(path, of.id, ABOUT), JSON.stringify(of), { mode: 0o600 });
  let page: { etag: string; html: string } | undefined;
  const resultOf = (id: string): Leaving => {
    const file = join(folder(id), 'result.json');
    if (!existsSync(file))
      throw new Denied(409, `The investigation is ${about(id).state}: it has no result.`);
    const { mtimeMs } = statSync(file);
    const before = cache.get(id);
    if (before?.mtimeMs === mtimeMs) return before.leaving;
    const result = resultSchema.parse(
      redactAgain(JSON.parse(readFileSync(file, 'utf8')), createRedactor(redaction)),
    );
    if (!mayLeave(result.classification, policy.classification.exportUpTo))
      throw new Denied(
        403,
        `The result is ${result.classification}; at most ${policy.classification.exportUpTo} may leave.`,
      );
    const json = JSON.stringify(result);
    const etag = `"${createHash('sha256').update(json).digest('base64url').slice(0, 27)}"`;
    if (cache.size >= MOST_CACHED) cache.clear();
    cache.set(id, { mtimeMs, leaving: { result, json, etag } });
    return { result, json, etag };
  };
  const verdictOf = (id: string): Partial<About> => {
    if (!existsSync(join(path, id, 'result.json'))) return {};
    let result: Result;
    try {
      result = resultOf(id).result;
    } catch {
      // What may not leave is not told in the list either.
      return {};
    }
    return {
      app: result.case.appName,
      kind: result.verdict.kind,
      verdict: plain(result.verdict.text),
    };
  };
  // A job has no life beyond its server.
  for (const id of readdirSync(path).filter((n) => ID.test(n) && existsSync(join(path, n, ABOUT)))) {
    const of = about(id);
    if (of.state === 'running' || of.state === 'queued') write({ ...of, state: 'interrupted' });
  }
  return {
    about,
    folder,
    list: () =>
      readdirSync(path)
        .filter((id) => ID.test(id) && existsSync(join(path, id, ABOUT)))
        .map(about)
        .sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : a.id < b.id ? -1 : 1)),
    begin(of) {
      mkdirSync(join(path, of.id), { mode: 0o700 });
      write(of);
      return join(path, of.id);
    },
    settle(id, state) {
      if (existsSync(join(path, id, ABOUT))) write({ ...about(id), state, ...verdictOf(id) });
    },
    result: resultOf,
    html(id) {
      const { result, etag } = resultOf(id);
      if (page?.etag !== etag) page = { etag, html: renderHtml(result) };
      return page.html;
    },
  };
}
