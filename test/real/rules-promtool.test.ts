import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { deliverablesOf, HOSTILE, hostilePrompt, PROMPTS } from '../deliverables/cases.js';
import { has, run } from './tools.js';

const CASES = [
  ...PROMPTS,
  ...HOSTILE.slice(0, 2).map((name) => [`hostile: ${name}`, hostilePrompt(name)] as const),
  [
    'one target of errors that a factor cannot reach',
    '[app_name]: beta\n[current_metrics]: 40 req/s\n[target_metrics]: error rate < 20%, p95 < 2s\n[observability]: Prometheus',
  ],
  [
    'a whole second as limit',
    '[app_name]: batch API\n[current_metrics]: 40 req/s\n[target_metrics]: p99 < 1s, availability 99.99%\n[observability]: Grafana Mimir',
  ],
] as const;

describe.skipIf(!has('promtool'))('Prometheus rules', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kneepoint-rules-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(CASES.map((c, i) => [c[0], c[1], i] as const))(
    'pass promtool, with the tests they ship with: %s',
    async (_, prompt, i) => {
      const { files } = await deliverablesOf(prompt);
      const rules = files.get('alerts/rules.yml');
      const tests = files.get('alerts/rules.test.yml');
      if (rules === undefined || tests === undefined) return;
      const cwd = join(folder, String(i));
      mkdirSync(cwd);
      writeFileSync(join(cwd, 'rules.yml'), rules);
      writeFileSync(join(cwd, 'rules.test.yml'), tests);
      const checked = run('promtool', ['check', 'rules', 'rules.yml'], { cwd });
      expect(checked.output).toContain('SUCCESS');
      expect(checked.status).toBe(0);
      const tested = run('promtool', ['test', 'rules', 'rules.test.yml'], { cwd });
      expect(tested.output).not.toContain('FAILED');
      expect(tested.status).toBe(0);
    },
  );

  it.runIf(has('amtool'))('come with routes that take a page to its receiver at once', async () => {
    const { files } = await deliverablesOf(PROMPTS[0]?.[1] ?? '');
    const cwd = mkdtempSync(join(folder, 'routes-'));
    writeFileSync(join(cwd, 'alertmanager.yml'), files.get('alerts/alertmanager.yml') ?? '');
    const checked = run('amtool', ['check-config', 'alertmanager.yml'], { cwd });
    expect(checked.status, checked.output).toBe(0);
    for (const severity of ['page', 'ticket'])
      expect(
        run(
          'amtool',
          ['config', 'routes', 'test', '--config.file=alertmanager.yml', `severity=${severity}`, 'slo=x'],
          { cwd },
        ).output.split('\n')[0],
      ).toBe(severity);
  });

  it.each([
    ['the guard against few events', />= 5\)/g, '>= 0)'],
    [
      'absent failures read as none',
      / or 0 \* \(sum\(rate\(http_server_request_duration_seconds_count\{job="novapay-checkout-api"\}\[\w+\]\)\)\)/g,
      '',
    ],
    ['the short window', /\n {10}and \(slo:bad:rate5m[^\n]*/g, ''],
    ['the factor', /> 0\.072\)/g, '> 0.72)'],
  ])('ship tests that notice when a rule loses %s', async (_, part, without) => {
    const { files } = await deliverablesOf(PROMPTS[0]?.[1] ?? '');
    const rules = files.get('alerts/rules.yml') ?? '';
    const broken = rules.replace(part, without);
    expect(broken).not.toBe(rules);
    const cwd = mkdtempSync(join(folder, 'broken-'));
    writeFileSync(join(cwd, 'rules.yml'), broken);
    writeFileSync(join(cwd, 'rules.test.yml'), files.get('alerts/rules.test.yml') ?? '');
    expect(run('promtool', ['test', 'rules', 'rules.test.yml'], { cwd }).status).not.toBe(0);
  });
});
