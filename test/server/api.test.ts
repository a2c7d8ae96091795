import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { VERBS } from '../../src/cli/registry.js';
import { resultSchema } from '../../src/domain/index.js';
import { policySchema } from '../../src/governance/policy.js';
import { openApp } from '../../src/server/app.js';
import { ALLOWED, apiVerbs } from '../../src/server/jobs/verbs.js';
import { type Serving, serve } from '../../src/server/serve.js';
import { decided, person } from '../governance/sample-plan.js';

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const COMMAND = [process.execPath, '--import', 'tsx', at('bench/receiver/cli.ts')];
const program = (): Command => {
  const made = new Command();
  for (const verb of VERBS) verb.register(made, () => {});
  return made;
};

const ANN = person('ann');

let serving: Serving;
let data: string;
let root: string;
/** The bundled incident, investigated over the API. */
let id: string;

const api = (path: string, init?: RequestInit) => fetch(`${serving.url}/api/v1${path}`, init);
/** Read as the tests need it; the document of the API says what it is. */
type Answer = ReturnType<typeof JSON.parse>;
const json = async (path: string, init?: RequestInit): Promise<Answer> => (await api(path, init)).json();
const post = (body: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

/** The job once it has ended, by its events. */
async function ended(job: string): Promise<Record<string, unknown>> {
  const text = await (await api(`/jobs/${job}/events`)).text();
  const last = text
    .trim()
    .split('\n')
    .findLast((l) => l.startsWith('data: '));
  return JSON.parse(last?.slice(6) ?? '{}');
}

beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), 'kneepoint-api-'));
  root = at('examples/novapay');
  const policy = policySchema.parse({
    access: { requestsPerMinute: 100_000 },
    roles: { 'SRE-Lead': [{ name: ANN.name, key: ANN.publicKey }], 'Platform-Architect': [] },
  });
  serving = await serve({ data, port: 0, policy, redaction: {} }, (ground) =>
    openApp(
      {
        policy,
        redaction: {},
        roots: [root],
        command: COMMAND,
        program: program(),
        approvals: join(data, 'approvals'),
        page: undefined,
      },
      ground,
    ),
  );
  const job = await json(
    '/jobs',
    post({
      verb: 'investigate',
      title: 'The bundled incident',
      inputs: [{ root: 'case.yaml' }, { root: 'changes.ndjson' }],
      options: { evidence: [{ root: 'incident' }], baseline: [{ root: 'healthy' }] },
    }),
  );
  id = job.investigation;
  expect(await ended(job.id)).toMatchObject({ state: 'done', exitCode: 0 });
}, 180_000);
afterAll(() => serving.close());

describe('an investigation over the API', () => {
  test('is listed with its verdict', async () => {
    const [first] = await json('/investigations');
    expect(first).toMatchObject({ id, title: 'The bundled incident', state: 'done', kind: 'cause-found' });
    expect(first.verdict.length).toBeGreaterThan(20);
  });

  test('gives its result whole, and says when it did not change', async () => {
    const answer = await api(`/investigations/${id}/result`);
    const result = resultSchema.parse(await answer.json());
    expect(result.findings.length).toBeGreaterThan(3);
    const again = await api(`/investigations/${id}/result`, {
      headers: { 'if-none-match': answer.headers.get('etag') ?? '' },
    });
    expect(again.status).toBe(304);
  });

  test('gives the report in parts, as Markdown and as a page that runs nothing but its own script', async () => {
    const report = await json(`/investigations/${id}/report`);
    expect(report.sections).toHaveLength(10);
    expect(await (await api(`/investigations/${id}/report/4`)).text()).toContain('##');
    const page = await api(`/investigations/${id}/report.html`);
    expect(page.headers.get('content-security-policy')).toMatch(/^sandbox.*script-src 'sha256-/);
    expect(await page.text()).toContain('<!doctype html>');
  });

  test('gives facts by page, and the records behind a measured number with the query that finds them', async () => {
    const { total, facts } = await json(`/investigations/${id}/facts?limit=2&phase=incident`);
    expect(facts).toHaveLength(2);
    expect(total).toBeGreaterThan(100);
    const recordsOf = async (fact: string) =>
      json(`/investigations/${id}/fact/records?fact=${encodeURIComponent(fact)}&limit=3`);
    const fact = 'errors.ratio@operation:checkout-api/post-/checkout#incident';
    const served = await recordsOf(fact);
    expect(served.query).toMatch(/FROM otel_traces/);
    expect(served.records).toHaveLength(3);
    // The statement finds as many records as the number was computed from.
    expect(served.total).toBe(served.rows);
    const metric = (await json(`/investigations/${id}/facts?name=pool.wait.mean&phase=incident`)).facts[0].id;
    expect((await recordsOf(metric)).records[0]).toMatchObject({ metric: 'db.client.connection.wait_time' });
    const formula = (await json(`/investigations/${id}/facts?limit=1000`)).facts.find(
      (f: { from: { kind: string }[] }) => f.from.every((p) => p.kind === 'formula'),
    );
    expect((await recordsOf(formula.id)).error.what).toMatch(/formula/);
    expect((await json(`/investigations/${id}/fact?fact=${encodeURIComponent(fact)}`)).fact.id).toBe(fact);
  });

  test('gives traces, their spans and the critical path, whose pieces add up', async () => {
    const { traces, total } = await json(`/investigations/${id}/traces?limit=2`);
    expect(total).toBeGreaterThan(10);
    expect(traces[0].durationMs).toBeGreaterThanOrEqual(traces[1].durationMs);
    const trace = await json(`/investigations/${id}/traces/${traces[0].traceId}`);
    expect(trace.spans).toHaveLength(trace.total);
    expect(trace.spans[0].startMs).toBe(0);
    const { pieces } = await json(`/investigations/${id}/traces/${traces[0].traceId}/path`);
    const whole = pieces.reduce(
      (sum: number, p: { startMs: number; endMs: number }) => sum + p.endMs - p.startMs,
      0,
    );
    expect(whole).toBeCloseTo(traces[0].durationMs, 1);
    expect((await json(`/investigations/${id}/operations`)).length).toBeGreaterThan(1);
    expect((await json(`/investigations/${id}/map`)).length).toBeGreaterThan(0);
  });

  test('re-times its requests with a change', async () => {
    const answer = await json(
      `/investigations/${id}/what-if`,
      post({ edits: [{ kind: 'shorten', spans: '*', factor: 0.5 }] }),
    );
    // Those of the trouble alone: from before there are as many again.
    expect(answer.traces).toBe(588);
    const operations = await json(`/investigations/${id}/operations`);
    expect(operations[0]).toMatchObject({ operation: 'POST /checkout', requests: 588 });
    for (const row of answer.rows) expect(row.optimistic.after).toBeLessThanOrEqual(row.optimistic.before);
    expect((await api(`/investigations/${id}/what-if`, post({ edits: [] }))).status).toBe(400);
  });

  test('counts requests that broke an objective over time, before the trouble and in it', async () => {
    const of = 'service=checkout-api&operation=POST+%2Fcheckout';
    const [before, now] = await json(`/investigations/${id}/burn?${of}&slowerThanMs=100`);
    expect(before.phase).toBe('baseline');
    expect(now).toMatchObject({ phase: 'incident', total: 588 });
    expect(now.slow).toBeGreaterThan(before.slow);
    const sum = now.slices.reduce((n: number, s: { total: number }) => n + s.total, 0);
    expect(sum).toBe(now.total);
    const strict = await json(`/investigations/${id}/burn?${of}&slowerThanMs=1`);
    expect(strict[1].slow).toBe(588);
    expect((await api(`/investigations/${id}/burn?slowerThanMs=-1`)).status).toBe(400);
  });

  test('keeps a forecast that a job held against telemetry, and scores all of them', async () => {
    expect(await json('/forecasts')).toMatchObject({
      score: { forecasts: 0, coverage: null, medianAbsError: null },
      forecasts: [],
    });
    const job = await json(
      '/jobs',
      post({ verb: 'verify', inputs: [{ investigation: id }], options: { after: [{ root: 'healthy' }] } }),
    );
    expect(await ended(job.id)).toMatchObject({ state: 'done' });
    const { score, forecasts } = await json('/forecasts');
    expect(score).toMatchObject({ forecasts: 1, held: forecasts[0].held ? 1 : 0 });
    expect(score.coverageInterval[0]).toBeLessThan(score.coverageInterval[1]);
    expect(forecasts[0]).toMatchObject({ by: 'verify', operation: 'checkout-api POST /checkout' });
    expect(forecasts[0].measuredMs).toBeLessThan(forecasts[0].beforeMs);
  }, 60_000);

  test('gives deliverables, and where recommendations stand', async () => {
    const deliverables = await json(`/investigations/${id}/deliverables`);
    expect(deliverables.length).toBeGreaterThan(3);
    expect((await (await api(`/investigations/${id}/deliverables/0`)).text()).length).toBeGreaterThan(20);
    const [standing] = await json(`/investigations/${id}/approvals`);
    expect(standing).toMatchObject({ state: 'pending' });
    expect(standing.plan).toMatch(/^[0-9a-f]{64}$/);
  });

  test('keeps a decision that a key of the policy signed, and none whose text was changed', async () => {
    const result = resultSchema.parse(await json(`/investigations/${id}/result`));
    const recommendation = result.recommendations[0]?.id ?? '';
    const signed = decided(result, recommendation, ANN, 'SRE-Lead', { at: new Date().toISOString() });
    const changed = signed.replace('decision: "approve"', 'decision: "reject"');
    expect((await api(`/investigations/${id}/decisions`, post({ signed: changed }))).status).toBe(400);
    const kept = await api(`/investigations/${id}/decisions`, post({ signed }));
    expect(kept.status).toBe(201);
    const standings: Answer[] = await json(`/investigations/${id}/approvals`);
    const own = standings.find((s) => s.recommendation === recommendation);
    expect(own.statements).toMatchObject([{ decision: 'approve', by: 'ann', role: 'SRE-Lead' }]);
    expect(own.missing).not.toContain('SRE-Lead');
  });

  test('takes no decision that is not signed by a key of the policy', async () => {
    const answer = await api(
      `/investigations/${id}/decisions`,
      post({ signed: 'kneepoint approval 1\napprove' }),
    );
    expect(answer.status).toBe(400);
  });
});

describe('profiles over the API', () => {
  /** Samples of a shop: pricing takes `work` of them. */
  const shop = (work: number): string =>
    [`main;price ${work}`, ...Array.from({ length: 6 }, (_, i) => `main;step${i} ${400 + i}`)].join('\n');
  const uploaded = async (text: string): Promise<object> => {
    const { upload } = await json('/uploads', {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
      body: text,
    });
    return { upload };
  };
  let profiled: string;
  let pair: string;
  beforeAll(async () => {
    const job = await json(
      '/jobs',
      post({
        verb: 'investigate',
        options: { evidence: [await uploaded(shop(1200))], baseline: [await uploaded(shop(400))] },
      }),
    );
    await ended(job.id);
    profiled = job.investigation;
    const { sources } = await json(`/investigations/${profiled}/result`);
    const of = (role: string): string => sources.find((s: { role: string }) => s.role === role).id;
    pair = `before=${of('baseline')}&after=${of('incident')}`;
  }, 60_000);

  test('are compared function by function, and only what changed beyond chance is called changed', async () => {
    expect(await json(`/investigations/${profiled}/profiles`)).toHaveLength(2);
    const { functions, howSure } = await json(`/investigations/${profiled}/profile-difference?${pair}`);
    expect(functions[0]).toMatchObject({ name: 'price', state: 'slower' });
    expect(functions[0].after).toBeGreaterThan(2 * functions[0].before);
    expect(functions.slice(1).every((f: { state: string }) => f.state === 'same')).toBe(true);
    expect(howSure).toContain('functions had samples enough');
  });

  test('are drawn as a page that colours what changed, and runs nothing but its own script', async () => {
    const answer = await api(`/investigations/${profiled}/profile-difference/page?${pair}`);
    expect(answer.headers.get('content-security-policy')).toMatch(/^sandbox.*script-src 'sha256-/);
    const page = await answer.text();
    expect(page.match(/class="f-slower"/g)).toHaveLength(1);
    expect(page).not.toContain('f-faster"');
  });

  test.each([
    ['a source that is none', 'before=s1&after=s99', 404],
    ['a path for a source', 'before=s1&after=..%2Fs2', 400],
    ['only one', 'before=s1', 400],
  ])('%s is refused', async (_, query, status) => {
    expect((await api(`/investigations/${profiled}/profile-difference?${query}`)).status).toBe(status);
  });
});

describe('jobs', () => {
  test('any command is asked by its name and options, and prints its form for machines', async () => {
    const upload = await json('/uploads', {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
      body: Array.from({ length: 2000 }, (_, i) => `key-${i % 70}`).join('\n'),
    });
    const job = await json(
      '/jobs',
      post({ verb: 'cache', inputs: [{ upload: upload.upload }], options: { size: '50' } }),
    );
    expect(await ended(job.id)).toMatchObject({ state: 'done' });
    expect(JSON.parse(await (await api(`/jobs/${job.id}/output`)).text())).toBeTypeOf('object');
  }, 60_000);

  test('a job that is cancelled ends', async () => {
    const job = await json('/jobs', post({ verb: 'investigate', inputs: [{ text: '[app_name]: shop' }] }));
    expect(await json(`/jobs/${job.id}`, { method: 'DELETE' })).toMatchObject({ state: 'cancelled' });
    expect(await json(`/investigations/${job.investigation}`)).toMatchObject({ state: 'cancelled' });
    expect((await api(`/investigations/${job.investigation}/result`)).status).toBe(409);
  });

  test.each([
    ['an unknown command', { verb: 'approve', inputs: [] }, /no such command/],
    [
      'a command that acts on other systems',
      { verb: 'load run', inputs: [{ text: 'target: http://x' }] },
      /no such command/,
    ],
    [
      'an option that is not offered',
      { verb: 'investigate', inputs: [{ text: 'x' }], options: { out: '/etc' } },
      /takes no option out/,
    ],
    [
      'text where a reference is needed',
      { verb: 'investigate', inputs: [{ text: 'x' }], options: { evidence: ['/etc/passwd'] } },
      /takes a reference/,
    ],
    ['too few inputs', { verb: 'compare', inputs: [{ text: 'x' }] }, /2 to 2 inputs/],
    ['a path beside a reference', { verb: 'profile', inputs: [{ path: '/etc/passwd' }] }, /inputs/],
    ['an upload with a path', { verb: 'profile', inputs: [{ upload: '../received' }] }, /inputs/],
  ])('%s is refused', async (_, request, why) => {
    const answer = await api('/jobs', post(request));
    expect(answer.status).toBe(400);
    expect(await answer.text()).toMatch(why);
  });

  test.each(['/etc/passwd', '../../package.json', 'nothing-here'])(
    'the path %s is not found below a root',
    async (path) => {
      const job = await json('/jobs', post({ verb: 'profile', inputs: [{ root: path }] }));
      expect(await ended(job.id)).toMatchObject({ state: 'failed', exitCode: 2 });
    },
  );

  test('telemetry that was received is investigated by its time', async () => {
    const request = {
      resourceSpans: [
        {
          resource: { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] },
          scopeSpans: [
            {
              spans: [
                {
                  traceId: 'a'.repeat(32),
                  spanId: 'b'.repeat(16),
                  name: 'GET /',
                  kind: 2,
                  startTimeUnixNano: '1700000000000000000',
                  endTimeUnixNano: '1700000000100000000',
                },
              ],
            },
          ],
        },
      ],
    };
    const sent = await fetch(`${serving.url}/v1/traces`, post(request));
    expect(sent.status).toBe(200);
    const received = {
      from: new Date(Date.now() - 60_000).toISOString(),
      to: new Date(Date.now() + 60_000).toISOString(),
    };
    const job = await json('/jobs', post({ verb: 'investigate', options: { evidence: [{ received }] } }));
    expect(await ended(job.id)).toMatchObject({ state: 'done' });
    const { sources } = await json(`/investigations/${job.investigation}/result`);
    expect(sources).toMatchObject([{ format: 'OTLP JSON', records: 1 }]);
  }, 60_000);
});

test('every command and option that the API allows is one of the command line', () => {
  const verbs = apiVerbs(program());
  expect(verbs.map((v) => v.name)).toEqual(Object.keys(ALLOWED));
  for (const verb of verbs)
    expect(
      verb.options.map((o) => o.name),
      verb.name,
    ).toEqual(ALLOWED[verb.name]);
});

test('the document describes every route, and every route needs a right', async () => {
  const document = await json('/openapi.json');
  expect(document.openapi).toBe('3.1.0');
  const routes = Object.entries(document.paths as Record<string, object>).flatMap(([path, methods]) =>
    Object.keys(methods).map((m) => `${m} ${path}`),
  );
  expect(routes.length).toBeGreaterThan(25);
  for (const route of routes)
    expect(
      Object.keys(
        (document.paths as Record<string, Record<string, { responses: object }>>)[
          route.split(' ')[1] ?? ''
        ]?.[route.split(' ')[0] ?? '']?.responses ?? {},
      ).length,
    ).toBeGreaterThan(1);
});

test('what is not there is told as such', async () => {
  expect((await api('/nothing')).status).toBe(404);
  expect((await api('/investigations/i0/result')).status).toBe(404);
  expect((await api(`/investigations/${id}/traces/${'0'.repeat(32)}`)).status).toBe(404);
  expect((await api('/jobs/j0')).status).toBe(404);
});

test('without a built page, the reports are listed in one that needs no script', async () => {
  const page = await fetch(`${serving.url}/`);
  expect(page.headers.get('content-security-policy')).not.toContain('script-src');
  expect(await page.text()).toContain('The bundled incident');
});
