import { describe, expect, it } from 'vitest';
import { type Block, plain, type Text } from '../../src/domain/index.js';
import { compose } from '../../src/report/compose.js';
import { renderMarkdown } from '../../src/report/markdown.js';
import { resultOf } from '../prompts.js';

const prompt = (more: string): string => `[app_name]: Harbor
[architecture]: Go API (40 pods × 2 vCPU) → PostgreSQL 15
[performance_issues]: ${more}
[current_metrics]: 900 rps avg, 1,800 rps peak; p99 180 ms; API CPU 20% peak; bill $80k/month: API 50%, PostgreSQL 30%, data transfer 20%
[target_metrics]: p99 < 300 ms, bill -30%
[observability]: Prometheus
`;
const text = (t: Text): string => plain(t).replaceAll('\u202f', ' ');
const rowsOf = (front: unknown): string[][] =>
  (front as Block[]).flatMap((b) => (b.kind === 'table' ? b.rows.map((r) => r.map(text)) : []));

describe('a case whose whole trouble is the bill', () => {
  it('is answered by what can be saved, not by a cause', async () => {
    const { front } = compose(
      await resultOf(prompt('nothing is broken; cut cost by 30% while keeping the SLO')),
    );
    expect(front.kindWords).toBe('Nothing is slow; what can be saved');
    expect(text(front.verdict)).toContain('40 → 13 of Harbor');
    expect(text(front.verdict)).toContain('enough for the 30 % asked for');
    expect(front.cards).toEqual([]);
  });

  it('shows which part of the bill can bring the saving, and the room in the target', async () => {
    const { front } = compose(
      await resultOf(prompt('nothing is broken; cut cost by 30% while keeping the SLO')),
    );
    const rows = rowsOf(front.implied);
    expect(rows).toContainEqual(['PostgreSQL', '24 000/month', '30 %', '100 %']);
    expect(rows).toContainEqual(['data transfer', '16 000/month', '20 %', 'more than all of it']);
    expect(rows.find((r) => r[0] === 'Harbor' && r[1] === '40')).toBeDefined();
    expect(JSON.stringify(front.implied)).toContain('may become');
  });

  it('says no such thing where answers are slow as well', async () => {
    const result = await resultOf(prompt('p99 rose from 180 ms to 900 ms; and cut cost by 30%'));
    expect(compose(result).front.kindWords).not.toContain('saved');
    expect(renderMarkdown(result)).not.toContain('Nothing is slow');
  });
});
