import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { selectIndexes } from '../../src/models/index-selection.js';
import type { Suite } from '../main.js';

interface CostFile {
  indexes: { id: string; bytes: number; name: string }[];
  indexSets: Record<string, string[]>;
  costs: Record<string, Record<string, number>>;
  optimumShareOfBase: Record<string, number>;
}

const BYTES_PER_MB = 1_000_000;

/** What-if costs of a workload and budgets: how far the chosen indexes stay above the optimum. */
export default {
  suite: 'database/index-selection',
  about: 'indexes under a budget of bytes, against the proven optimum',
  async run(folder) {
    const files = (await readdir(folder)).filter((f) => f.endsWith('.json')).sort();
    const rows: {
      file: string;
      budgetMb: number;
      share: number;
      gap: number;
      proven: boolean;
      seconds: number;
    }[] = [];
    for (const file of files) {
      const { optimumShareOfBase: truth, ...given }: CostFile = JSON.parse(
        await readFile(join(folder, file), 'utf8'),
      );
      const statements = Object.entries(given.costs).map(([id, costs]) => ({
        id,
        options: Object.entries(costs).map(([set, cost]) => ({ indexes: given.indexSets[set] ?? [], cost })),
      }));
      const base = statements.reduce(
        (sum, s) => sum + Math.min(...s.options.filter((o) => o.indexes.length === 0).map((o) => o.cost)),
        0,
      );
      for (const budgetMb of Object.keys(truth)
        .map(Number)
        .sort((a, b) => a - b)) {
        const start = process.hrtime.bigint();
        const best = await selectIndexes(given.indexes, statements, {
          budgetBytes: budgetMb * BYTES_PER_MB,
        });
        const seconds = Number(process.hrtime.bigint() - start) / 1e9;
        const share = best.cost / base;
        const optimum = truth[String(budgetMb)] ?? Number.NaN;
        rows.push({
          file,
          budgetMb,
          share: Number(share.toFixed(4)),
          gap: Number((share / optimum - 1).toFixed(4)),
          proven: best.proven,
          seconds: Number(seconds.toFixed(2)),
        });
      }
    }
    return { cases: rows.length, worstGap: Math.max(...rows.map((r) => r.gap)), rows };
  },
} satisfies Suite;
