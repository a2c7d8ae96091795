import { describe, expect, it } from 'vitest';
import type { Return } from '../../src/capacity/returns.js';
import { fixOf } from '../../src/cli/capacity/from-case.js';

const RETURNS: Return[] = [
  { id: 'a', rank: 1, title: 'Batch the statements', effort: 'days', hours: [8, 40], gainMs: [40, 90] },
  { id: 'b', rank: 2, title: 'Bound the pool', effort: 'hours', hours: [2, 8] },
];

describe('a recommendation that is tried', () => {
  it('goes by its rank or its id', () => {
    expect(fixOf('1', RETURNS)).toEqual({ title: 'Batch the statements', gainMs: [40, 90] });
    expect(fixOf('a', RETURNS).gainMs).toEqual([40, 90]);
  });
  it('must have a forecast; else those that have one are named', () => {
    expect(() => fixOf('2', RETURNS)).toThrow(/Bound the pool\), which has no forecast/);
    expect(() => fixOf('9', RETURNS)).toThrow(/9 is no value for --fix/);
    expect(() => fixOf('1', [])).toThrow(/no value/);
  });
});
