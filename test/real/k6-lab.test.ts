import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { person } from '../../lab/load/people.js';
import { deliverablesOf, HOSTILE, hostilePrompt, PROMPTS } from '../deliverables/cases.js';
import { type Lab, startLab } from './lab.js';
import { has, run } from './tools.js';

interface Summary {
  metrics: Record<
    string,
    { count?: number; value?: number; rate?: number; thresholds?: Record<string, boolean> }
  >;
}
const CHECKOUT = JSON.stringify({
  key: '{unique}',
  ...person(1),
  warehouse: 1,
  coupon: 'FLASH10',
  items: [{ productId: 7, quantity: 1 }],
});

/** k6 has no lab of its own to load: a script of the case’s rates, scaled down to seconds, against the real services. */
describe.skipIf(!has('k6') || !has('redis-server'))('the k6 script against the lab', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kneepoint-k6-'));
  let lab: Lab | undefined;

  beforeAll(async () => {
    lab = await startLab({ 'checkout-api': 'k6', 'coupon-service': 'k6', 'tax-service': 'k6' }, 0);
  });
  afterAll(async () => {
    await lab?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('runs for five seconds, sends both classes, and judges its thresholds', async () => {
    const { files } = await deliverablesOf(PROMPTS[0]?.[1] ?? '');
    writeFileSync(join(folder, 'k6.js'), files.get('load/k6.js') ?? '');
    const { status, output } = run(
      'k6',
      ['run', '--summary-export', 'summary.json', '--no-usage-report', 'k6.js'],
      {
        cwd: folder,
        env: {
          BASE_URL: `http://127.0.0.1:${lab?.services.port}`,
          RATE: '0.01',
          TIME: '0.004',
          KEYS: '200',
          READ_PATH: '/products/:id',
          WRITE_PATH: '/checkout',
          WRITE_BODY: CHECKOUT,
          NO_COLOR: '1',
        },
      },
    );
    // 99: the run is whole, and a threshold says no. On a loaded machine that is no fault of the script.
    expect([0, 99], output).toContain(status);
    const { metrics } = JSON.parse(readFileSync(join(folder, 'summary.json'), 'utf8')) as Summary;
    expect(metrics.http_reqs?.count).toBeGreaterThan(40);
    expect(metrics.http_req_failed?.value, output).toBe(0);
    for (const key of [
      'http_req_duration',
      'http_req_duration{scenario:read}',
      'http_req_duration{scenario:write}',
    ])
      expect(Object.keys(metrics[key]?.thresholds ?? {}), key).toEqual(['p(99)<700']);
  });

  it.each([...PROMPTS, ...HOSTILE.map((n) => [n, hostilePrompt(n)] as const)])(
    'k6 takes the options: %s',
    async (title, prompt) => {
      const { files } = await deliverablesOf(prompt);
      writeFileSync(join(folder, 'inspect.js'), files.get('load/k6.js') ?? '');
      const { status, output } = run('k6', ['inspect', '--execution-requirements', 'inspect.js'], {
        cwd: folder,
      });
      expect(status, `${title}\n${output}`).toBe(0);
    },
  );
});
