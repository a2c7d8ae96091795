import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';
import { scoresOf } from '../../lab/experiment/catalogue.js';
import { investigateRecorded, RECORDED } from '../../lab/experiment/recorded.js';

// Real runs of the lab, investigated again without servers; `npm run bench -- lab/recorded` shows them fault by fault.
const RUNS = fileURLToPath(new URL('../fixtures/lab', import.meta.url));

// Many whole investigations: slow on a loaded machine, which says nothing about the result.
vi.setConfig({ testTimeout: 900_000 });

test.runIf(existsSync(join(RUNS, RECORDED)))(
  'recorded faults are found, calm runs stay silent, and forecasts hold',
  async () => {
    const scores = scoresOf(await investigateRecorded(RUNS));
    expect(scores.top1).toBeGreaterThanOrEqual(0.85);
    expect(scores.top3).toBeGreaterThanOrEqual(0.95);
    expect(scores.pairs).toBeGreaterThanOrEqual(0.7);
    expect(scores.falseAlarms).toBe(0);
    expect(scores.coverage).toBeGreaterThanOrEqual(0.7);
    expect(scores.medianAbsError).toBeLessThanOrEqual(0.25);
  },
);
