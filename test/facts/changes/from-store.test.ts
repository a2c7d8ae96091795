import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plain } from '../../../src/domain/index.js';
import { collect } from '../../../src/evidence/collect.js';
import { openStore, type Store } from '../../../src/evidence/store/index.js';
import { changeSuspects } from '../../../src/facts/changes/suspects.js';
import { withDiffs } from '../../../src/facts/changes/with-diffs.js';

const folder = mkdtempSync(join(tmpdir(), 'kneepoint-changes-'));
const at = (minute: number): string => new Date(Date.UTC(2026, 0, 5, 10, minute)).toISOString();
const ONSET = 42;

const metrics = Array.from({ length: 60 }, (_, i) => {
  const bad = i >= ONSET;
  return [
    `${at(i)},orders,http_server_duration_p99_ms,${(bad ? 2400 : 180) + (i % 3)}`,
    `${at(i)},orders,db_query_count_per_request,${(bad ? 55 : 3) + (i % 2) * 0.1}`,
    `${at(i)},catalog,http_server_duration_p99_ms,${90 + (i % 3)}`,
  ];
}).flat();
writeFileSync(join(folder, 'metrics.csv'), ['timestamp,service,metric,value', ...metrics].join('\n'));
writeFileSync(
  join(folder, 'commits.json'),
  JSON.stringify([
    {
      sha: 'a'.repeat(40),
      timestamp: at(35),
      author: 'x',
      message: 'cache and pool notes',
      files_changed: ['docs/pool.md'],
      diff: '+The pool is small.',
    },
    {
      sha: 'b'.repeat(40),
      timestamp: at(36),
      author: 'y',
      message: 'tidy assembler',
      files_changed: ['services/orders/assemble.ts'],
      diff: ' for (const line of lines) {\n+  line.item = await catalogClient.getItem(line.sku);\n }',
    },
  ]),
);
writeFileSync(
  join(folder, 'deploys.json'),
  JSON.stringify([{ timestamp: at(38), service: 'orders', version: 'v7', commit_sha: 'b'.repeat(40) }]),
);

describe('commits weighed from what was collected', () => {
  let store: Store;
  let collected: Awaited<ReturnType<typeof collect>>;
  beforeAll(async () => {
    store = await openStore({});
    collected = await collect([{ path: folder, role: 'incident' }], store, { redact: true });
  });
  afterAll(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });

  it('names the commit whose diff fits, with the line that shows it', async () => {
    const { blocks, facts } = await changeSuspects(store, ['s1']);
    const text = blocks.map((b) =>
      'text' in b ? plain(b.text) : 'items' in b ? b.items.map(plain).join('\n') : '',
    );
    expect(text.join('\n')).toContain('Commit bbbbbbbbbbbb fits best');
    expect(text.join('\n')).toContain('catalogClient.getItem');
    expect(facts.find((f) => f.name === 'changes.considered')?.value).toBe(2);
  });

  it('tells changes by their diff: documents start nothing, whatever the message says', async () => {
    const changes = await withDiffs(store, collected.changes);
    const of = (sha: string) => changes.filter((c) => c.revision === sha).map((c) => c.mechanisms);
    expect(of('a'.repeat(40))).toEqual([[]]);
    for (const mechanisms of of('b'.repeat(40))) expect(mechanisms).toContain('query-change');
  });
});
