import { describe, expect, it } from 'vitest';
import { correctedCost } from '../../../../src/facts/database/index-design/clone.js';

describe('the cost of a plan with an index', () => {
  it('is left as the planner says where time agrees within a factor of two', () => {
    expect(correctedCost(500, 4000, 0.09)).toBe(500);
    expect(correctedCost(500, 4000, 0.2)).toBe(500);
  });
  it('is put right by time where the planner takes the index for far cheaper than it is', () => {
    expect(correctedCost(133, 4000, 0.3)).toBe(1200);
  });
  it('is left where both are next to nothing', () => {
    expect(correctedCost(8, 4000, 0.02)).toBe(8);
  });
  it('is put right by time where the planner takes the index for far dearer than it is', () => {
    expect(correctedCost(3000, 4000, 0.2)).toBe(800);
  });
});
