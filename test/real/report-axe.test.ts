import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Result } from '../../src/domain/index.js';
import { investigate } from '../../src/investigate/investigate.js';
import { renderHtml } from '../../src/report/html.js';
import { PROMPTS } from '../deliverables/cases.js';
import { bare, sample, statedOnly } from '../fixtures/report/sample.js';

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

/** What axe answers, as far as it is looked at here. */
interface AxeResults {
  violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[];
}

let folder: string;
let context: BrowserContext;
const pages: [string, Result][] = [
  ['sample', sample],
  ['stated', statedOnly],
  ['bare', bare],
];
const sizes = { wide: { width: 1280, height: 900 }, phone: { width: 360, height: 740 } };

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kneepoint-axe-'));
  for (const [id, result] of pages) writeFileSync(join(folder, `${id}.html`), renderHtml(result));
  context = await chromium.launchPersistentContext(join(folder, 'profile'), {
    executablePath: CHROMIUM,
    args: ARGS,
    bypassCSP: true,
  });
});
afterAll(async () => {
  await context?.close();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

async function open(id: string, size: keyof typeof sizes, scheme: 'light' | 'dark'): Promise<Page> {
  const page = await context.newPage();
  await page.setViewportSize(sizes[size]);
  await page.emulateMedia({ colorScheme: scheme });
  await page.goto(pathToFileURL(join(folder, `${id}.html`)).href);
  return page;
}

describe('the HTML report in a browser', () => {
  it('finds the browser', () => {
    expect(existsSync(CHROMIUM)).toBe(true);
  });

  for (const [id] of pages)
    for (const size of ['wide', 'phone'] as const)
      for (const scheme of ['light', 'dark'] as const)
        it(`has no axe violation: ${id}, ${size}, ${scheme}`, async () => {
          const page = await open(id, size, scheme);
          await page.evaluate('document.querySelectorAll("details").forEach(d => { d.open = true })');
          await page.evaluate(AXE);
          const { violations } = (await page.evaluate('axe.run(document)')) as AxeResults;
          expect(violations.map((v) => `${v.id}: ${v.nodes[0]?.html} ${v.nodes[0]?.failureSummary}`)).toEqual(
            [],
          );
          await page.close();
        });

  it.each(['wide', 'phone'] as const)('never scrolls sideways as a whole: %s', async (size) => {
    for (const [id] of pages) {
      const page = await open(id, size, 'light');
      await page.evaluate('document.querySelectorAll("details").forEach(d => { d.open = true })');
      const over = await page.evaluate(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );
      expect(over, id).toBe(0);
      await page.close();
    }
  });

  it('shows the fact behind a number on focus, and hides it on Escape', async () => {
    const page = await open('sample', 'wide', 'light');
    await page.locator('.verdict a.n').first().focus();
    await expect.poll(() => page.locator('#pop').isVisible()).toBe(true);
    expect(await page.locator('#pop').textContent()).toContain('SELECT quantile');
    await page.keyboard.press('Escape');
    expect(await page.locator('#pop').isVisible()).toBe(false);
    await page.close();
  });

  it('reads whole without scripts, and on paper opens its folds', async () => {
    const strict = await chromium.launch({ executablePath: CHROMIUM, args: ARGS });
    const page = await strict.newPage({ javaScriptEnabled: false });
    await page.goto(pathToFileURL(join(folder, 'sample.html')).href);
    expect(await page.locator('.verdict').isVisible()).toBe(true);
    expect(await page.locator('main').textContent()).toContain('is unexplained');
    const folded = page.locator('details .folded').first();
    expect(await folded.isVisible()).toBe(false);
    await page.emulateMedia({ media: 'print' });
    expect(await folded.isVisible()).toBe(true);
    await strict.close();
  });

  it.each(['light', 'dark'] as const)(
    'has no axe violation with scripts off: the example of the brief, %s',
    async (scheme) => {
      const { result } = await investigate({ caseText: PROMPTS[0]?.[1] ?? '', evidence: [], redact: true });
      const path = join(folder, 'brief.html');
      // axe itself is a script: the page is left without its own, as it is where scripts are off.
      writeFileSync(path, renderHtml(result).replace(/<script>[\s\S]*<\/script>/, ''));
      const strict = await chromium.launch({ executablePath: CHROMIUM, args: ARGS });
      const page = await strict.newPage({ colorScheme: scheme, bypassCSP: true });
      await page.goto(pathToFileURL(path).href);
      await page.evaluate(AXE);
      const { violations } = (await page.evaluate('axe.run(document)')) as AxeResults;
      expect(violations.map((v) => `${v.id}: ${v.nodes[0]?.html} ${v.nodes[0]?.failureSummary}`)).toEqual([]);
      await strict.close();
    },
  );

  it('filters the rows of a long table', async () => {
    const page = await open('sample', 'wide', 'light');
    const rows = page.locator('.facts').first().locator('tbody tr:visible');
    const all = await rows.count();
    await page.locator('.filter input').last().fill('throughput');
    await expect.poll(() => rows.count()).toBeLessThan(all);
    await page.close();
  });

  it('keeps to its own policy: nothing is blocked, nothing is loaded', async () => {
    const strict = await chromium.launch({ executablePath: CHROMIUM, args: ARGS });
    const page = await strict.newPage();
    const said: string[] = [];
    const asked: string[] = [];
    page.on('console', (m) => said.push(m.text()));
    page.on('request', (r) => asked.push(r.url()));
    page.on('dialog', (d) => said.push(`dialog: ${d.message()}`));
    await page.goto(pathToFileURL(join(folder, 'sample.html')).href);
    await page.locator('.verdict a.n').first().hover();
    await expect.poll(() => page.locator('#pop').isVisible()).toBe(true);
    expect(said).toEqual([]);
    expect(asked).toHaveLength(1);
    await strict.close();
  });
});
