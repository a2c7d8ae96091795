import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Block, plain } from '../../../../src/domain/index.js';
import { collect } from '../../../../src/evidence/collect.js';
import { openStore, type Store } from '../../../../src/evidence/store/index.js';
import { statementFacts } from '../../../../src/facts/database/statements/given-statistics.js';
import { phasesByRole } from '../../../../src/facts/phases.js';

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../../fixtures/statements/${name}`, import.meta.url));

const textOf = (b: Block): string[] => {
  if (b.kind === 'list') return b.items.map(plain);
  if (b.kind === 'table') return [plain(b.caption ?? []), ...b.rows.map((r) => r.map(plain).join(' | '))];
  return 'text' in b ? [plain(b.text)] : [];
};

describe('statistics of statements among the evidence', () => {
  let store: Store;
  let folder: string;
  beforeEach(async () => {
    store = await openStore({});
    folder = mkdtempSync(join(tmpdir(), 'kneepoint-statements-'));
  });
  afterEach(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const told = async (...paths: string[]) => {
    const { sources, problems } = await collect(
      paths.map((path) => ({ path, role: 'incident' as const })),
      store,
      { redact: true },
    );
    const { facts, blocks } = await statementFacts(
      store,
      phasesByRole(sources),
      sources.map((s) => s.id),
    );
    return {
      formats: sources.map((s) => s.format),
      problems,
      facts,
      text: blocks.flatMap(textOf).join('\n'),
    };
  };

  it.each(['postgres-15.log', 'postgres-15-csvlog.csv', 'postgres-15-jsonlog.json', 'postgres-18.log'])(
    'tell the slow statements, waits and deadlocks of %s',
    async (file) => {
      const { formats, text } = await told(fixture(file));
      expect(formats).toEqual(['Database logs']);
      expect(text).toMatch(/^What the slow log says/);
      expect(text).toMatch(/order by p\.note, p\.id limit \? offset \? \| It skips rows with OFFSET/);
      expect(text).toMatch(
        /update stock set amount = \? where id = \? \| 99\.\d.% of its time is waiting for locks/,
      );
      expect(text).toMatch(/Deadlocks: [12], in each/);
      expect(text).toMatch(/in [24] waits, the longest 1.\d+.ms: update stock/);
      expect(text).toMatch(/in (?:26|30) files: select p\.id/);
    },
    60_000,
  );

  it('say the same of one log in each of its three forms', async () => {
    const texts: string[] = [];
    for (const file of ['postgres-15.log', 'postgres-15-csvlog.csv', 'postgres-15-jsonlog.json']) {
      texts.push((await told(fixture(file))).text);
      await store.close();
      store = await openStore({});
    }
    expect(texts[1]).toBe(texts[0]);
    expect(texts[2]).toBe(texts[0]);
  }, 60_000);

  it.each(['15', '18'])('count what is between two snapshots of pg_stat_statements %s', async (version) => {
    const { formats, facts, text } = await told(
      fixture(`pg-stat-statements-${version}-later.csv`),
      fixture(`pg-stat-statements-${version}-first.csv`),
    );
    expect(formats).toEqual(['Statement counters', 'Statement counters']);
    expect(text).toContain('between the first snapshot of the counters and the last');
    expect(text).toMatch(/select \* from pay where account = \$1 \| [\d.]+.% \| 50 \|/);
    expect(text).toMatch(/a call writes 8\.37.MB of temporary files/i);
    expect(facts.filter((f) => f.name === 'latency.mean').every((f) => f.subject.kind === 'statement')).toBe(
      true,
    );
  });

  it('tell of a MariaDB slow log how many rows are looked at for those given', async () => {
    const { formats, facts, text } = await told(fixture('mariadb-10.11-slow.log'));
    expect(formats).toEqual(['Database logs']);
    expect(text).toMatch(
      /select \* from purchase where customer_id = \? \| A call looks at 60.000 rows to give 1\d/,
    );
    expect(facts.some((f) => f.name === 'rows.perCall' && f.value === 60000)).toBe(true);
    // Means of slow runs are not taken for means of statements.
    expect(facts.some((f) => f.name === 'latency.mean')).toBe(false);
    expect(text).not.toContain('work_mem');
  });

  it('tell both statements of a deadlock as InnoDB prints it', async () => {
    const { text } = await told(fixture('mariadb-10.11-deadlock.log'));
    expect(text).toMatch(
      /between update customer set note=\? where id=\? and update customer set note=\? where mail=\? and id=\?/,
    );
  });

  it('are silent where a database has next to nothing to do, and of logs without slow statements', async () => {
    const quiet = join(folder, 'quiet.log');
    writeFileSync(
      quiet,
      [
        '2026-01-01 10:00:00.000 UTC [1] LOG:  database system is ready to accept connections',
        '2026-01-01 10:00:01.000 UTC [9] app@shop LOG:  duration: 6.1 ms  statement: SELECT 1 FROM t WHERE id = 4',
        '',
      ].join('\n'),
    );
    expect(await told(quiet)).toMatchObject({ formats: ['Database logs'], facts: [], text: '' });
  });

  it('keep literals out, name the line of a record that is cut short, and go on', async () => {
    const cut = join(folder, 'counters.csv');
    writeFileSync(
      cut,
      [
        'userid,dbid,queryid,query,calls,total_exec_time,rows',
        `10,5,1,"SELECT * FROM person WHERE mail = 'ann@example.com'",100,5000,100`,
        '10,5,2,"SELECT broken',
        '10,5,3,SELECT 2 FROM y,1,1,1',
      ].join('\n'),
    );
    const { problems, text } = await told(cut);
    expect(text).toContain('SELECT * FROM person WHERE mail = ?');
    expect(JSON.stringify(await store.query('SELECT Statement FROM query_stats'))).not.toContain('ann@');
    expect(problems.map((p) => p.where).join()).toMatch(/counters\.csv/);
  });
});
