import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';
import { CHARACTERS_PER_TOKEN } from '../../src/mcp/answer.js';
import { connect } from './connect.js';

// A whole investigation: slow on a loaded machine, which says nothing about the result.
vi.setConfig({ testTimeout: 240_000 });

const MOST_CALLS = 12;
const MOST_TOKENS = 25_000;
const examples = fileURLToPath(new URL('../../examples/', import.meta.url));

/** Rows of the table whose first title is `title`, by column. */
function rowsOf(answer: string, title: string): Record<string, string>[] {
  const lines = answer.split('\n');
  const at = lines.findIndex((l) => cells(l)[0] === title);
  const heads = cells(lines[at] ?? '');
  const rest = lines.slice(at + 1);
  const end = rest.findIndex((l) => l.startsWith('#') || cells(l).length !== heads.length);
  return (end < 0 ? rest : rest.slice(0, end)).map((l) =>
    Object.fromEntries(cells(l).map((c, i) => [heads[i] ?? '', c])),
  );
}
const cells = (line: string): string[] =>
  [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map((m) =>
    (m[1] ?? m[2] ?? '').replaceAll('""', '"'),
  );

/** What a lab measured by switching each fault off alone: the share of the tail that it makes. */
const truth = JSON.parse(readFileSync(`${examples}novapay/truth/truth.json`, 'utf8')) as {
  faults: { id: string; share: { meanAboveP95: number } }[];
};

/** An agent that knows the tools and nothing of the case: every argument comes from an answer. */
test('an agent solves the recorded incident in twelve calls and 25 000 tokens', async () => {
  const server = await connect(examples);
  const { text: started } = await server.call('start_case', { path: 'novapay' });
  expect(rowsOf(started, 'evidence').map((r) => r.role)).toContain('baseline');

  const { text: found } = await server.call('findings');
  expect(found).toContain('# verdict: cause-found');
  const causes = rowsOf(found, 'excess claimed by').filter(
    (r) => !['unexplained', 'total'].includes(r['excess claimed by'] ?? ''),
  );
  const worst = causes[0]?.['excess claimed by'] ?? '';
  const [first] = [...truth.faults].sort((a, b) => b.share.meanAboveP95 - a.share.meanAboveP95);
  expect(first?.id).toContain('coupon');
  expect(worst).toContain('coupon');
  // The share that it names lies near the one that was measured by switching the fault off.
  expect(Math.abs(Number(causes[0]?.share) - (first?.share.meanAboveP95 ?? 0))).toBeLessThan(0.15);

  const { text: read } = await server.call('findings', { finding: worst });
  expect(rowsOf(read, 'prediction').some((r) => r.outcome === 'seen' && r.basis === 'measured')).toBe(true);
  const [remedy] = rowsOf(read, 'recommendation');
  expect(Number(remedy?.['p99 then, ms'])).toBeGreaterThan(0);

  const { text: excess } = await server.call('read_evidence', { of: 'excess', limit: 10 });
  const cellRows = rowsOf(excess, 'cell');
  const waiting = cellRows.find((r) => r.kind === 'pool-wait');
  const biggest = cellRows[0];
  const repeated = cellRows.find((r) => r.kind === 'database' && r.statement !== '');
  expect(biggest?.['claimed by']).toBe(worst);

  const { text: pools } = await server.call('read_evidence', {
    of: 'facts',
    name: 'pool.*',
    order: 'change',
    limit: 12,
  });
  const grown = rowsOf(pools, 'fact').filter(
    (r) => Number(r.value) > 1.2 * Number(r.before) && Number(r.before) > 0,
  );
  const wait = grown.find((r) => r.fact?.startsWith('pool.wait.p99@'))?.fact ?? '';
  const poolId = wait.replace(/^[^@]+@/, '').replace('#incident', '');
  const shrunk = rowsOf(pools, 'fact').find((r) => r.fact === `pool.limit@${poolId}#incident`);
  expect(Number(shrunk?.value)).toBeLessThan(Number(shrunk?.before));

  // Its own idea, which the catalogue has as well; and one that is wrong.
  const proposal = {
    claim: 'the pool was made smaller',
    mechanism: 'requests wait for a connection',
    layer: 'api',
    subject: poolId,
    explains: [waiting?.cell],
  };
  const moves = (fact: string, is: 'above' | 'below', times: number, necessary = false) => ({
    fact,
    is,
    than: { fact: fact.replace('#incident', '#baseline'), times },
    necessary,
  });
  const { text: own } = await server.call('test_hypothesis', {
    ...proposal,
    predictions: [moves(wait, 'above', 3, true), moves(`pool.limit@${poolId}#incident`, 'below', 0.8)],
  });
  expect(rowsOf(own, 'prediction').map((r) => [r.outcome, r.basis])).toEqual([
    ['seen', 'measured'],
    ['seen', 'measured'],
  ]);
  expect(own).toContain('pool-exhausted/');
  const service = biggest?.cell?.split('/')[0] ?? '';
  const { text: wrong } = await server.call('test_hypothesis', {
    ...proposal,
    claim: 'the processors are saturated',
    mechanism: 'requests queue for a processor',
    subject: `service:${service}`,
    explains: [biggest?.cell],
    predictions: [
      {
        fact: `cpu.utilisation@service:${service}#incident`,
        is: 'above',
        than: { value: 0.8, unit: 'ratio' },
        necessary: true,
      },
    ],
  });
  expect(wrong).toMatch(/^# verdict: refuted/);

  const { text: without } = await server.call('simulate', {
    edits: [{ kind: 'drop', spans: `${service}/*` }],
  });
  const p99 = rowsOf(without, 'ms').find((r) => r.ms === 'p99');
  expect(Number(p99?.['at least'])).toBeLessThan(0.9 * Number(p99?.recorded));

  const { text: both } = await server.call('simulate', {
    edits: [
      { kind: 'drop', spans: `${service}/*` },
      { kind: 'batch', spans: `${(repeated?.statement ?? '').slice(0, 40)}*` },
    ],
  });
  const more = rowsOf(both, 'ms').find((r) => r.ms === 'p99');
  expect(Number(more?.['at best'])).toBeLessThan(Number(p99?.['at best']));

  const { text: plan } = await server.call('read_report', { section: 4 });
  expect(plan).toContain('## 4. ');

  const { calls, characters } = server.spent();
  expect(calls).toBeLessThanOrEqual(MOST_CALLS);
  expect(characters / CHARACTERS_PER_TOKEN).toBeLessThanOrEqual(MOST_TOKENS);
  await server.close();
});
