import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { plansPage } from '../../src/cli/explain-text.js';
import { blockSchema, say, subject } from '../../src/domain/index.js';
import { readPlans } from '../../src/evidence/readers/plans/index.js';
import { diagnosePlan } from '../../src/facts/database/plan/diagnose.js';
import { figures } from '../../src/facts/database/plan/finding.js';
import { planPicture } from '../../src/facts/database/plan/picture.js';

const planOf = (text: string) => readPlans(text).map((p) => diagnosePlan(p, 'plan.txt'));
const captured = planOf(
  readFileSync(new URL('../fixtures/plans/postgres-18/misestimate.txt', import.meta.url), 'utf8'),
);
const HOSTILE = `Seq Scan on "<img src=x onerror=alert(1)>" t  (cost=0.00..9.00 rows=1 width=4) (actual time=0.1..90.0 rows=2 loops=1)
  Filter: (a = '</code><script>alert(2)</script>'::text)
  Rows Removed by Filter: 50000
`;

describe('the picture of a plan', () => {
  it('has a step for each node, with its bars as shares of the longest', () => {
    const [d] = captured;
    const drawn = d && planPicture(d, 'plan-1', say`Where its time went`, figures('plan.txt'));
    if (drawn?.block.kind !== 'plan') throw new Error('no picture');
    expect(blockSchema.safeParse(drawn.block).success).toBe(true);
    expect(drawn.block.steps.map((s) => s.depth)).toEqual([0, 1, 2, 2]);
    expect(drawn.block.steps.filter((s) => s.told)).toHaveLength(1);
    const bars = drawn.block.steps.flatMap((s) =>
      s.marks.filter((m) => m.metric === 'time').map((m) => m.share),
    );
    expect(Math.max(...bars)).toBe(1);
    expect(drawn.facts.every((f) => f.subject.id === subject('statement', 'plan.txt').id)).toBe(true);
    expect(new Set(drawn.facts.map((f) => f.id)).size).toBe(drawn.facts.length);
  });
  it('is left out for a plan that was not run', () => {
    const [d] = planOf('Seq Scan on t  (cost=0.00..9.00 rows=1 width=4)\n');
    expect(d && planPicture(d, 'plan-1', say`Where its time went`, figures('x'))).toBeUndefined();
  });
  it('shows of a long plan the nodes that take the time, with those above them', () => {
    const text = Array.from(
      { length: 120 },
      (_, i) =>
        `${i === 0 ? '' : `${'  '.repeat(i)}->  `}Subquery Scan on s${i}  (cost=0.00..9.00 rows=1 width=4) (actual time=${i}.0..${(1000 - i).toFixed(1)} rows=1 loops=1)`,
    ).join('\n');
    const [d] = planOf(text);
    const drawn = d && planPicture(d, 'plan-1', say`Where its time went`, figures('x'));
    expect(drawn?.block.kind === 'plan' && drawn.block.steps.length).toBeLessThanOrEqual(40);
  });
});

describe('the page of a plan', () => {
  it('switches its bars without scripts', () => {
    const page = plansPage('plan.txt', captured);
    expect(page).not.toContain('<script');
    expect(page.match(/type="radio"/g)).toHaveLength(4);
  });
  it('escapes what plans and files are called', () => {
    const page = plansPage('<b>name</b>.txt', planOf(HOSTILE));
    expect(page).not.toMatch(/<img|<script|<b>name/);
    expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;');
  });
});
