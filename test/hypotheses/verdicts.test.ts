import { describe, expect, test } from 'vitest';
import { HYPOTHESES } from '../../src/hypotheses/registry.js';
import { settleBudget } from '../../src/method/budget.js';
import { infer } from '../../src/method/infer.js';
import { CONTEXTS, silent } from './worlds.js';

const judge = (context: (typeof CONTEXTS)[number][1]) => {
  const judged = infer(HYPOTHESES, context);
  settleBudget(judged, context);
  return judged.map((j) => j.finding);
};

describe('verdicts over the whole catalogue', () => {
  test.each(CONTEXTS.filter(([world]) => world.includes('said')))(
    '%s: words make causes plausible or leave them untested, and settle none',
    (_, context) => {
      const verdicts = new Set(judge(context).map((f) => f.verdict));
      expect([...verdicts].sort()).toEqual(['plausible', 'untested']);
    },
  );

  test.each(CONTEXTS.filter(([world]) => world.includes('seen')))(
    '%s: measured signs settle causes',
    (_, context) => {
      const verdicts = judge(context).map((f) => f.verdict);
      expect(verdicts).toContain('supported');
      expect(verdicts).toContain('refuted');
    },
  );

  test.each(silent)('%s: nothing is supported', (_, context) => {
    expect(judge(context).filter((f) => f.verdict === 'supported')).toEqual([]);
  });

  test.each(CONTEXTS)('%s: what decided a verdict is said', (_, context) => {
    for (const f of judge(context)) {
      expect(f.decidedBy.length, f.id).toBeGreaterThan(0);
      expect(f.probability).toBeGreaterThan(0);
      expect(f.probability).toBeLessThan(1);
    }
  });
});
