import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { collect } from '../../../src/evidence/collect.js';
import { openStore, type Store } from '../../../src/evidence/store/index.js';

const PLAN = `Seq Scan on person p  (cost=0.00..2345678.00 rows=12345678 width=40) (actual time=0.010..99.000 rows=3 loops=1)
  Filter: ((town = 'Little Whinging'::text) AND ((tags ->> 'nick'::text) = 'Dudders'::text))
  Rows Removed by Filter: 12345675
Execution Time: 99.100 ms
`;

describe('plans that are stored', () => {
  let store: Store;
  let folder: string;
  beforeEach(async () => {
    store = await openStore({});
    folder = mkdtempSync(join(tmpdir(), 'kneepoint-plan-'));
    writeFileSync(join(folder, 'plan.txt'), PLAN);
  });
  afterEach(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const stored = async (redact: boolean): Promise<string> => {
    await collect([{ path: join(folder, 'plan.txt'), role: 'incident' as const }], store, { redact });
    const [row] = await store.query<{ Plan: string }>('SELECT Plan FROM query_plans');
    return row?.Plan ?? '';
  };

  it('hold no literal of a condition, and every figure as it was', async () => {
    const plan = await stored(true);
    expect(plan).not.toMatch(/Whinging|Dudders/);
    expect(plan).toContain('Filter: ((town = ');
    for (const figure of ['2345678.00', 'rows=12345678', '12345675', '99.100'])
      expect(plan).toContain(figure);
  });
  it('are as they were given where nothing is to be cut', async () => {
    expect(await stored(false)).toBe(PLAN);
  });
});
