import { expect, test } from 'vitest';
import { measured, select, served } from './made-spans.js';

const API = 'shop';

test('removing what all slow requests wait for brings it all; removing what only picks the slowest brings less', async () => {
  // Every request runs one statement that got 100 ms slower; every sixth also meets one of 15 ms that is new.
  const m = await measured({
    requests: 240,
    baseline: (i) =>
      served(API, 'GET /x', 60 + (i % 40), [select(API, 'SELECT a FROM all_wait', 5, 20 + (i % 40))]),
    incident: (i) => {
      const rare = i % 6 === 0 ? 15 : 0;
      return served(API, 'GET /x', 170 + (i % 40) + rare, [
        select(API, 'SELECT a FROM all_wait', 5, 120 + (i % 40)),
        ...(rare > 0 ? [select(API, 'SELECT b FROM some_wait', 130 + (i % 40), rare)] : []),
      ]);
    },
  });
  const t = m.measured.telemetry;
  const cell = (table: string) => t?.cells.find((c) => c.statement?.includes(table));
  const removal = (table: string): number =>
    t?.removal?.([{ cell: cell(table)?.id ?? '', share: 1 }]) ?? Number.NaN;
  expect(removal('all_wait')).toBeGreaterThan(0.9 * (cell('all_wait')?.excess.value ?? 0));
  const rare = cell('some_wait')?.excess.value ?? 0;
  expect(rare).toBeGreaterThan(8);
  expect(removal('some_wait')).toBeLessThan(0.8 * rare);
  expect(removal('some_wait')).toBeGreaterThan(0);
});
