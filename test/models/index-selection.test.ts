import { describe, expect, it } from 'vitest';
import { selectIndexes } from '../../src/models/index-selection.js';

const indexes = [
  { id: 'a', bytes: 60 },
  { id: 'b', bytes: 50 },
  { id: 'c', bytes: 50 },
];
const statements = [
  {
    id: 's',
    options: [
      { indexes: [], cost: 100 },
      { indexes: ['a'], cost: 10 },
      { indexes: ['b'], cost: 40 },
    ],
  },
  {
    id: 't',
    options: [
      { indexes: [], cost: 100 },
      { indexes: ['c'], cost: 45 },
    ],
  },
];

describe('choosing indexes under a budget', () => {
  it('takes two smaller ones where the one that saves most leaves no room', async () => {
    const best = await selectIndexes(indexes, statements, { budgetBytes: 100 });
    expect(best).toEqual({ chosen: ['b', 'c'], cost: 85, bytes: 100, proven: true });
  });
  it('builds nothing where nothing fits', async () => {
    const best = await selectIndexes(indexes, statements, { budgetBytes: 40 });
    expect(best).toEqual({ chosen: [], cost: 200, bytes: 0, proven: true });
  });
  it('counts a set of indexes only when all of it exists', async () => {
    const both = [
      {
        id: 's',
        options: [
          { indexes: [], cost: 100 },
          { indexes: ['a', 'b'], cost: 5 },
        ],
      },
    ];
    expect((await selectIndexes(indexes, both, { budgetBytes: 100 })).chosen).toEqual([]);
    expect((await selectIndexes(indexes, both, { budgetBytes: 110 })).chosen).toEqual(['a', 'b']);
  });
  it('leaves an index out when keeping it costs more than it saves', async () => {
    const dear = indexes.map((i) => ({ ...i, upkeep: i.id === 'c' ? 60 : 0 }));
    expect((await selectIndexes(dear, statements, { budgetBytes: 1000 })).chosen).toEqual(['a']);
  });
  it('needs the cost of every statement without indexes', async () => {
    await expect(
      selectIndexes(indexes, [{ id: 's', options: [{ indexes: ['a'], cost: 1 }] }], { budgetBytes: 10 }),
    ).rejects.toThrow('statement s has no cost without indexes');
  });
});
