import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';
import { scoresOf } from '../../lab/experiment/catalogue.js';
import { investigateRecorded } from '../../lab/experiment/recorded.js';

// Real runs of the lab, investigated again without servers. These are a few of them, one a mechanism;
// `npm run bench -- lab/recorded` investigates all.
const RUNS = fileURLToPath(new URL('../fixtures/lab', import.meta.url));
const FEW = [
  'lazy-order-lines',
  'coupon-at-checkout',
  'small-pool',
  'audit-on-path',
  'blocked-migration',
  'dying-dependency',
  'retry-storm',
  'calm-8-noisy',
];

// Whole investigations: slow on a loaded machine, which says nothing about the result.
vi.setConfig({ testTimeout: 600_000 });

test('recorded faults are found first, a calm run stays silent, and most forecasts hold', async () => {
  const found = await investigateRecorded(RUNS, undefined, FEW);
  expect(found.experiments.map((e) => [e.fault, e.found[0]?.rank])).toEqual(
    FEW.filter((id) => !id.startsWith('calm')).map((id) => [id, 1]),
  );
  const scores = scoresOf(found);
  expect(scores.falseAlarms).toBe(0);
  expect(scores.coverage).toBeGreaterThanOrEqual(0.5);
});
