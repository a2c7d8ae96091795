import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from '../../src/evidence/connectors/postgres/connect.js';
import { candidateId } from '../../src/facts/database/index-design/candidate.js';
import { designIndexes } from '../../src/facts/database/index-design/design.js';
import type { Suite } from '../main.js';
import { startPostgres } from '../postgres.js';

const MB = 1e6;
const BUDGET_MB = 9;
const RUNS = 9;

/** A schema with data and nine statements: indexes are designed, really built, and the statements timed before and after. */
export default {
  suite: 'database/index-example',
  about: 'indexes for nine statements on a real PostgreSQL, measured before and after',
  ownData: true,
  async run(folder) {
    const { schema, statements } = taken(await readFile(join(folder, '..', 'index-example.sql'), 'utf8'));
    const server = await startPostgres();
    try {
      const clone = await connect({ url: server.url, statementTimeoutMs: 120_000, readOnly: false });
      try {
        const without = await setUp(clone, schema);
        const design = await designIndexes(clone, statements, {
          budgetBytes: BUDGET_MB * MB,
          runs: RUNS,
          progress: (text) => console.error(text),
        });
        const sum = (of: 'beforeMs' | 'afterMs' | 'beforeLeastMs' | 'afterLeastMs' | 'bestMs'): number =>
          design.statements.reduce((s, x) => s + x[of], 0);
        const bytes = design.chosen.reduce((s, c) => s + c.bytes, 0);
        return {
          cases: design.statements.length,
          timeShare: round(sum('afterMs') / sum('beforeMs')),
          indexMb: round(bytes / MB),
          silentOnQ8: design.statements.find((s) => s.id === 'q8')?.uses.length === 0,
          // No index may serve this statement, so no set of indexes gets below its share.
          leastShare: round((design.statements.find((s) => s.id === 'q8')?.beforeMs ?? 0) / sum('beforeMs')),
          // By the least of the runs, which other load disturbs least: with the chosen, and with the best for each at any size.
          leastTimeShare: round(sum('afterLeastMs') / sum('beforeLeastMs')),
          anySizeShare: round(sum('bestMs') / sum('beforeLeastMs')),
          rewrites: design.statements.flatMap((s) => (s.rewrite ? [`${s.id}: ${s.rewrite.after}`] : [])),
          beforeMs: round(sum('beforeMs')),
          afterMs: round(sum('afterMs')),
          indexes: design.chosen.map(
            (c) => `${candidateId(c.candidate)}: ${c.serves.join(', ')}, ${round(c.bytes / MB)} MB`,
          ),
          statements: design.statements.map(
            (s) => `${s.id} ${round(s.beforeMs)} ms, ${round(s.afterMs)} ms after`,
          ),
          without,
        };
      } finally {
        await clone.close();
      }
    } finally {
      await server.stop();
    }
  },
} satisfies Suite;

/** Statements of the file: those that set up, and those behind `PREPARE`, which are the workload. */
function taken(file: string): { schema: string[]; statements: { id: string; sql: string }[] } {
  const plain = file.replace(/^\\.*$/gm, '').replace(/--.*$/gm, '');
  const all = plain
    .split(/;\s*(?:\n|$)|;\s+(?=VACUUM)/)
    .map((s) => s.trim())
    .filter((s) => s !== '');
  const prepared = all.flatMap((s) => {
    const found = /^PREPARE (\w+) AS ([\s\S]+)$/.exec(s);
    return found?.[1] && found[2] ? [{ id: found[1], sql: found[2] }] : [];
  });
  return { schema: all.filter((s) => !s.startsWith('PREPARE')), statements: prepared };
}

/** Extensions that this server does not have are left out, and named. */
async function setUp(
  database: { rows(sql: string): Promise<unknown> },
  schema: readonly string[],
): Promise<string[]> {
  const without: string[] = [];
  for (const sql of schema)
    try {
      await database.rows(sql);
    } catch (error) {
      if (!/^CREATE EXTENSION/i.test(sql)) throw error;
      without.push(sql);
    }
  return without;
}

const round = (value: number): number => Number(value.toFixed(3));
