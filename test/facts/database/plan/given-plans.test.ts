import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Block, plain } from '../../../../src/domain/index.js';
import { collect } from '../../../../src/evidence/collect.js';
import { openStore, type Store } from '../../../../src/evidence/store/index.js';
import { planFacts } from '../../../../src/facts/database/plan/given-plans.js';

const folder = fileURLToPath(new URL('../../../fixtures/plans/postgres-18/', import.meta.url));

describe('plans among the evidence', () => {
  let store: Store;
  beforeAll(async () => {
    store = await openStore({});
  });
  afterAll(() => store.close());

  it('are recognised, and told with their remedies, the slowest first; those in good order are not', async () => {
    const files = ['spill.txt', 'healthy.txt', 'same.json', 'same.yaml', 'same.xml'];
    const inputs = files.map((f) => ({ path: `${folder}${f}`, role: 'incident' as const }));
    const { sources, problems } = await collect(inputs, store, { redact: true });
    expect(sources.map((s) => s.format)).toEqual(files.map(() => 'Plans of statements'));
    expect(problems).toEqual([]);
    const { facts, blocks } = await planFacts(store, sources);
    const texts = blocks.flatMap((b: Block) => ('text' in b ? [plain(b.text)] : []));
    expect(texts.filter((t) => t.includes(' took '))).toHaveLength(4);
    expect(texts.find((t) => t.includes(' took '))).toMatch(/spill\.txt took /);
    expect(texts.some((t) => t.includes('healthy.txt'))).toBe(false);
    expect(facts.every((f) => f.origin === 'measured')).toBe(true);
    expect(blocks.filter((b) => b.kind === 'plan')).toHaveLength(2);
  });
});
