import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../lab/topology/free-port.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CASE = join(ROOT, 'examples/novapay');
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** Pictures for the pages of the documentation are written where this says. */
const PICTURES = process.env.KNEEPOINT_PICTURES;

interface AxeResults {
  violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[];
}

let folder = '';
let url = '';
let server: ChildProcess | undefined;
let context: BrowserContext;
let id = '';
let manySpans = '';
/** An investigation of two profiles, in one of which pricing takes three times as much. */
let profiled = '';

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const api = async <T>(path: string, body?: unknown): Promise<T> => {
  const response = await fetch(`${url}/api/v1${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
};

interface Job {
  id: string;
  state: string;
  progress: string[];
  investigation: string;
}
async function investigated(body: object): Promise<string> {
  let job = await api<Job>('/jobs', { verb: 'investigate', inputs: [], ...body });
  while (job.state === 'queued' || job.state === 'running') {
    await wait(200);
    job = await api<Job>(`/jobs/${job.id}`);
  }
  if (job.state !== 'done') throw new Error(`${job.state}: ${job.progress.join('; ')}`);
  return job.investigation;
}

/** Collapsed stacks of a shop: pricing takes `work` of the samples. */
const shop = (work: number): string =>
  [
    `main;serve;price ${work}`,
    ...['parse', 'load', 'render', 'log'].map((f, i) => `main;serve;${f} ${400 + i}`),
  ].join('\n');
async function uploaded(text: string): Promise<object> {
  const response = await fetch(`${url}/api/v1/uploads`, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream' },
    body: text,
  });
  return { upload: ((await response.json()) as { upload: string }).upload };
}

/** Forecasts that were held against measurements before: four of five held. */
const RECORD = [110, 130, 95, 145, 220].map((measuredMs, i) => ({
  recommendation: `change-${i}`,
  operation: 'shop POST /checkout',
  forecastMs: 120,
  intervalMs: [90, 150],
  measuredMs,
  held: measuredMs <= 150,
  beforeMs: 400,
  runs: { before: 4, after: 4 },
  measuredAt: `2026-05-0${i + 1}T12:00:00.000Z`,
}));

/** Spans `from` to `to` of one trace of so many, as an export request of OTLP. */
function longTrace(traceId: string, spans: number, startMs: number, from: number, to: number): object {
  const ns = (ms: number): string => `${BigInt(Math.round(ms * 1000)) * 1000n}`;
  const spanId = (i: number): string => (i + 1).toString(16).padStart(16, '0');
  return {
    resourceSpans: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'batch' } }] },
        scopeSpans: [
          {
            spans: Array.from({ length: to - from }, (_, k) => from + k).map((i) => ({
              traceId,
              spanId: spanId(i),
              ...(i === 0 ? {} : { parentSpanId: spanId(i % 40 === 0 ? 0 : Math.floor((i - 1) / 40)) }),
              name: i === 0 ? 'run' : `step ${i % 7}`,
              kind: i === 0 ? 2 : 1,
              startTimeUnixNano: ns(startMs + i / 10),
              endTimeUnixNano: ns(startMs + (i === 0 ? spans / 10 : i / 10 + 0.1)),
            })),
          },
        ],
      },
    ],
  };
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kneepoint-page-'));
  const record = join(folder, 'forecasts.ndjson');
  writeFileSync(record, RECORD.map((r) => `${JSON.stringify(r)}\n`).join(''));
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  server = spawn(
    process.execPath,
    [
      join(ROOT, 'bin/kneepoint.mjs'),
      'serve',
      '--port',
      `${port}`,
      '--data',
      join(folder, 'data'),
      '--root',
      CASE,
      '--record',
      record,
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  for (let i = 0; ; i++) {
    const up = await fetch(`${url}/api/v1/me`).then(
      (r) => r.ok,
      () => false,
    );
    if (up) break;
    if (i > 100) throw new Error('the server did not start');
    await wait(100);
  }
  const at = (path: string) => ({ root: join(CASE, path) });
  id = await investigated({
    inputs: [at('case.yaml')],
    options: { evidence: [at('incident'), at('changes.ndjson')], baseline: [at('healthy')] },
    title: 'NovaPay',
  });
  profiled = await investigated({
    options: { evidence: [await uploaded(shop(1200))], baseline: [await uploaded(shop(400))] },
    title: 'Two profiles',
  });
  const startMs = Date.now() - 60_000;
  const spans = 50_000;
  const each = 5_000;
  for (let from = 0; from < spans; from += each) {
    const sent = await fetch(`${url}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(longTrace('ab'.repeat(16), spans, startMs, from, from + each)),
    });
    expect(sent.status).toBe(200);
  }
  manySpans = await investigated({
    options: {
      evidence: [
        {
          received: {
            from: new Date(startMs - 600_000).toISOString(),
            to: new Date(Date.now() + 60_000).toISOString(),
          },
        },
      ],
    },
    title: 'many spans',
  });
  context = await chromium.launchPersistentContext(join(folder, 'profile'), {
    executablePath: CHROMIUM,
    args: ARGS,
    bypassCSP: false,
  });
}, 240_000);
afterAll(async () => {
  await context?.close();
  const gone = new Promise((resolve) => server?.once('exit', resolve));
  server?.kill();
  await gone;
  rmSync(folder, { recursive: true, force: true });
});

async function open(
  path: string,
  { width = 1280, scheme = 'light' }: { width?: number; scheme?: 'light' | 'dark' } = {},
): Promise<{ page: Page; errors: string[] }> {
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (e) => errors.push(e.message));
  page.on('console', (m) => {
    if (m.type() === 'error') errors.push(m.text());
  });
  await page.setViewportSize({ width, height: 860 });
  await page.emulateMedia({ colorScheme: scheme });
  await page.goto(url + path);
  await page.locator('main h1').first().waitFor();
  await page.waitForLoadState('networkidle');
  return { page, errors };
}

/** A picture for the documentation, where one is asked for. */
async function picture(page: Page, name: string): Promise<void> {
  if (!PICTURES) return;
  mkdirSync(PICTURES, { recursive: true });
  await page.screenshot({ path: join(PICTURES, `${name}.png`) });
}

const VIEWS = [
  'verdict',
  'hypotheses',
  'traces',
  'profiles',
  'database',
  'cache',
  'capacity',
  'experiments',
  'slo',
  'recommendations',
  'deliverables',
  'evidence',
  'report',
];

describe.skipIf(!existsSync(CHROMIUM))('the web page', () => {
  it('leads a newcomer to the cause in three clicks', async () => {
    const { page, errors } = await open('/');
    await page.getByRole('link', { name: 'NovaPay Checkout API' }).click();
    await page.locator('h1.verdict').waitFor();
    expect(await page.locator('h1.verdict').textContent()).toContain('coupon-service');
    await page.getByRole('link', { name: /New call from checkout-api to coupon-service/ }).click();
    const chosen = page.locator('.chosen');
    await chosen.waitFor();
    expect(await chosen.textContent()).toContain('supported');
    await chosen.locator('a.n').first().click();
    await page.locator('#behind').waitFor();
    expect(errors).toEqual([]);
    await page.close();
  });

  it('shows every view without an error, and deep links lead back to it', async () => {
    for (const view of VIEWS) {
      const { page, errors } = await open(`/i/${id}/${view}`);
      expect(await page.locator('nav a[aria-current="page"]').count(), view).toBe(1);
      expect(await page.locator('.fault').count(), view).toBe(0);
      expect(errors, view).toEqual([]);
      await picture(page, `page-${view}`);
      await page.close();
    }
  }, 180_000);

  it.each([
    ['light', 1280],
    ['dark', 1280],
    ['light', 360],
    ['dark', 360],
  ] as const)(
    'has no axe violation and no sideways scroll, %s, %i wide',
    async (scheme, width) => {
      const { traces } = await api<{ traces: { traceId: string }[] }>(`/investigations/${id}/traces?limit=2`);
      const [one, two] = traces.map((t) => t.traceId);
      const paths = [
        '/',
        '/live',
        ...VIEWS.map((v) => `/i/${id}/${v}`),
        `/i/${id}/traces/${one}?with=${two}`,
        `/i/${profiled}/profiles`,
      ];
      for (const path of paths) {
        const { page } = await open(path, { width, scheme });
        const scroll = await page.evaluate<number>(
          'document.documentElement.scrollWidth - document.documentElement.clientWidth',
        );
        expect(scroll, path).toBeLessThanOrEqual(0);
        await page.evaluate(AXE);
        const { violations } = await page.evaluate(() =>
          (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
        );
        expect(
          violations.map((v) => `${v.id}: ${v.nodes[0]?.html.slice(0, 200)}`),
          path,
        ).toEqual([]);
        await page.close();
      }
    },
    240_000,
  );

  it('re-times a request while its sliders move, and all of them by the server', async () => {
    const { traces } = await api<{ traces: { traceId: string }[] }>(`/investigations/${id}/traces?limit=1`);
    const { page } = await open(`/i/${id}/traces/${traces[0]?.traceId}`);
    const outcome = page.locator('.sliders .outcome');
    const before = await outcome.textContent();
    await page.locator('.slider input').first().focus();
    await page.keyboard.press('Home');
    const after = await outcome.textContent();
    expect(before).not.toContain('→');
    expect(after).toContain('→');
    await page.getByRole('button', { name: 'Over all requests' }).click();
    await page.getByText('recorded requests, re-timed').waitFor({ timeout: 60_000 });
    await page.close();
  });

  it('tries other loads where the busy share is known', async () => {
    const { page } = await open(`/i/${id}/capacity`);
    const outcome = page.locator('.sliders .outcome');
    expect(await outcome.textContent()).toContain('the objective breaks');
    const capacity = page.locator('.slider', { hasText: 'Instances and cores' }).locator('input');
    await capacity.focus();
    await page.keyboard.press('End');
    expect(await outcome.textContent()).not.toContain('the objective breaks');
    await page.close();
  });

  it('shows what differs between two profiles, and colours nothing that may be chance', async () => {
    const { page, errors } = await open(`/i/${profiled}/profiles`);
    // Each profile stands there itself, too.
    expect(await page.locator('iframe.flame').count()).toBe(3);
    const compared = page.getByRole('region', { name: 'Functions compared' });
    await compared.waitFor();
    expect(await compared.locator('tbody tr').count()).toBe(1);
    expect(await compared.locator('tbody tr').textContent()).toMatch(/price.*slower/);
    const drawn = page.frameLocator('iframe[title^="Flame graph after"]');
    await drawn.locator('canvas').waitFor();
    expect(await drawn.locator('rect.f-slower').count()).toBe(1);
    await picture(page, 'page-difference');
    // The same one twice says so, and the address keeps what was chosen.
    const [first] = await page
      .getByLabel('Before')
      .locator('option')
      .evaluateAll((o) => o.map((e) => (e as unknown as { value: string }).value));
    await page.getByLabel('Before').selectOption(first ?? '');
    await page.getByLabel('After').selectOption(first ?? '');
    await page.getByText('Choose two different profiles').waitFor();
    expect(page.url()).toContain(`before=${first}&after=${first}`);
    expect(errors).toEqual([]);
    await page.close();
  });

  it('scores forecasts against what was measured, and lists those that wait', async () => {
    const { page } = await open(`/i/${id}/experiments`);
    await page.getByRole('heading', { name: /4 of 5 forecasts held \(80/ }).waitFor();
    const scored = page.getByRole('region', { name: 'Forecasts scored' }).locator('tbody tr');
    expect(await scored.count()).toBe(5);
    expect(await scored.first().textContent()).toContain('worse than forecast');
    const here = page.getByRole('region', { name: 'Forecasts of this investigation' });
    expect(await here.textContent()).toContain('untested: measure it');
    await page.close();
  });

  it('shows how fast each objective is broken', async () => {
    const { page } = await open(`/i/${id}/slo`);
    await page.getByRole('heading', { name: /^p99 within/ }).waitFor();
    const used = page.getByRole('region', { name: /^Budget used/ });
    await used.first().waitFor({ timeout: 60_000 });
    expect(await used.first().locator('tbody tr').count()).toBe(2);
    expect(await page.locator('.line-chart polyline.now').count()).toBeGreaterThan(0);
    await page.close();
  });

  it('draws the curve of a cache from what was asked of it, and moves along it', async () => {
    const { page, errors } = await open(`/i/${id}/cache`);
    const keys = Array.from(
      { length: 8000 },
      (_, i) => `key-${Math.floor(400 * (((i * 7919) % 1000) / 1000) ** 3)}`,
    ).join('\n');
    await page
      .locator('input[type="file"]')
      .setInputFiles({ name: 'keys.txt', mimeType: 'text/plain', buffer: Buffer.from(keys) });
    await page.getByRole('button', { name: 'Study' }).click();
    const outcome = page.locator('.outcome');
    await outcome.waitFor({ timeout: 60_000 });
    const before = await outcome.textContent();
    await page.locator('.slider input').focus();
    await page.keyboard.press('End');
    expect(await outcome.textContent()).not.toBe(before);
    expect(await outcome.textContent()).toContain('instead of');
    await page.evaluate(AXE);
    const { violations } = await page.evaluate(() =>
      (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
    );
    expect(violations.map((v) => v.id)).toEqual([]);
    await page.locator('.line-chart').scrollIntoViewIfNeeded();
    await picture(page, 'page-cache-curve');
    expect(errors).toEqual([]);
    await page.close();
  });

  it('runs the query behind a number again', async () => {
    const result = await api<{ facts: { id: string; from: { kind: string }[] }[] }>(
      `/investigations/${id}/result`,
    );
    const fact = result.facts.find(
      (f) => f.id.startsWith('latency.p99@operation') && f.from[0]?.kind === 'query',
    );
    const { page } = await open(`/i/${id}/evidence?fact=${encodeURIComponent(fact?.id ?? '')}`);
    await page.getByRole('button', { name: 'Run it again' }).click();
    await page.getByText(/\d+ records/).waitFor();
    expect(await page.locator('[aria-label="Records of the query"] tbody tr').count()).toBeGreaterThan(1);
    await page.close();
  });

  it('opens a trace of 50 000 spans, and keeps only the rows in sight', async () => {
    const { page, errors } = await open(`/i/${manySpans}/traces/${'ab'.repeat(16)}`);
    const tree = page.getByRole('tree', { name: 'Spans' });
    await tree.waitFor();
    expect(await page.getByText('50000 of 50000 spans').count()).toBe(1);
    await tree.focus();
    await page.keyboard.press('End');
    await page.locator('[role="treeitem"][aria-selected="true"]').waitFor();
    for (let i = 0; i < 20; i++) await page.keyboard.press('PageUp');
    expect(await page.getByRole('treeitem').count()).toBeLessThan(100);
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowLeft');
    await page.getByText('1 of 50000 spans').waitFor();
    expect(errors).toEqual([]);
    await page.close();
  });

  it('can be used with the keyboard alone', async () => {
    const { page } = await open('/');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('To the content');
    for (let i = 0; i < 6; i++) {
      await page.keyboard.press('Tab');
      const name = await page.evaluate<string>('document.activeElement.textContent');
      if (name.includes('NovaPay')) break;
    }
    await page.keyboard.press('Enter');
    await page.locator('h1.verdict').waitFor();
    expect(await page.evaluate('document.activeElement.id')).toBe('content');
    await page.close();
  });

  it('says what is not there instead of a blank page', async () => {
    const page = await context.newPage();
    await page.goto(`${url}/i/none/verdict`);
    await page.locator('.fault').waitFor();
    expect(await page.locator('.fault').textContent()).toContain('no such investigation');
    await page.goto(`${url}/nothing/here`);
    await page.getByText('Nothing is here').waitFor();
    await page.close();
  });
});
