import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTarget, type Target } from '../../bench/load/target.js';
import { readLoadResult } from '../../src/evidence/readers/load/index.js';
import { sampleOf } from '../../src/evidence/readers/sample.js';
import { k6 } from '../../src/experiments/load/scripts/k6.js';
import { OBSERVED_REQUESTS, observedForTools } from './observed.js';
import { has, run } from './tools.js';

describe.skipIf(!has('k6'))('the k6 script of an observed load', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kneepoint-k6-'));
  let target: Target;
  beforeAll(async () => {
    // In a process of its own: running the tools blocks this one.
    target = await startTarget(0, 0);
  });
  afterAll(() => {
    target.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is run by k6, sends as many requests as were seen, and its result is read', async () => {
    writeFileSync(join(folder, 'load.js'), k6.text(observedForTools()));
    const { status, output } = run(
      'k6',
      ['run', '--quiet', '--no-usage-report', '--out', 'csv=out.csv', 'load.js'],
      { cwd: folder, env: { BASE_URL: target.url, SPEED: '2' } },
    );
    // 99: the run is whole, and a threshold says no. On a loaded machine that is no fault of the script.
    expect([0, 99], output).toContain(status);
    const csv = readFileSync(join(folder, 'out.csv'));
    const bytes = (async function* () {
      yield csv;
    })();
    const result = await readLoadResult({ sample: sampleOf(csv, true), bytes, name: 'out.csv' });
    expect(result.errors).toBe(0);
    expect(result.requests + (result.dropped ?? 0)).toBeGreaterThan(0.97 * OBSERVED_REQUESTS);
    expect(result.requests).toBeLessThanOrEqual(OBSERVED_REQUESTS);
  });
});
