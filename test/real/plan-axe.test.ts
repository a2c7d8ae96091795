import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type BrowserContext, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plansPage } from '../../src/cli/explain-text.js';
import { readPlans } from '../../src/evidence/readers/plans/index.js';
import { diagnosePlan } from '../../src/facts/database/plan/diagnose.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const captured = ['postgres-18/misestimate.txt', 'postgres-15/cte.txt', 'mariadb-10.11/join.json'];

let folder: string;
let context: BrowserContext;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kneepoint-plan-axe-'));
  for (const [i, file] of captured.entries()) {
    const text = readFileSync(new URL(`../fixtures/plans/${file}`, import.meta.url), 'utf8');
    writeFileSync(
      join(folder, `${i}.html`),
      plansPage(
        file,
        readPlans(text).map((p) => diagnosePlan(p, file)),
      ),
    );
  }
  context = await chromium.launchPersistentContext(join(folder, 'profile'), {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
    bypassCSP: true,
  });
}, 60_000);
afterAll(async () => {
  await context?.close();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

describe('the page of a plan', () => {
  for (const scheme of ['light', 'dark'] as const)
    for (const width of [1280, 360])
      it(`has nothing that axe finds wrong, ${scheme}, ${width} px wide`, async () => {
        for (const i of captured.keys()) {
          const page = await context.newPage();
          await page.setViewportSize({ width, height: 800 });
          await page.emulateMedia({ colorScheme: scheme });
          await page.goto(pathToFileURL(join(folder, `${i}.html`)).href);
          await page.evaluate(AXE);
          const found = (await page.evaluate('axe.run()')) as {
            violations: { id: string; nodes: { html: string }[] }[];
          };
          expect(found.violations.map((v) => `${v.id}: ${v.nodes[0]?.html}`)).toEqual([]);
          expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
          await page.close();
        }
      }, 60_000);

  it('switches its bars by keyboard, with no script in it', async () => {
    const page = await context.newPage();
    await page.goto(pathToFileURL(join(folder, '0.html')).href);
    const shown = (metric: string) => page.locator(`.of-${metric}`).first().isVisible();
    expect([await shown('time'), await shown('rows')]).toEqual([true, false]);
    await page.locator('.pick-time').focus();
    await page.keyboard.press('ArrowRight');
    expect([await shown('time'), await shown('rows')]).toEqual([false, true]);
  }, 60_000);
});
