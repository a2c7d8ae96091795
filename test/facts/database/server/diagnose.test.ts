import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { plain } from '../../../../src/domain/index.js';
import type { Row } from '../../../../src/evidence/connectors/postgres/database.js';
import { DumpFault, snapshotFromDump } from '../../../../src/evidence/connectors/postgres/from-dump.js';
import {
  exportScript,
  type Snapshot,
  type SnapshotPart,
  snapshotParts,
} from '../../../../src/evidence/connectors/postgres/snapshot.js';
import { diagnoseServer } from '../../../../src/facts/database/server/diagnose.js';
import { statementsSince } from '../../../../src/facts/database/server/statements-since.js';
import { waitTrees } from '../../../../src/facts/database/server/wait-tree.js';

const snapshot = (parts: Partial<Record<SnapshotPart, Row[]>>): Snapshot => ({ parts, missing: [] });
const ids = (s: Snapshot): string[] => diagnoseServer(s).map((f) => f.id);

describe('trees of waiting sessions', () => {
  it('end at the session that waits for none', () => {
    const trees = waitTrees([
      { pid: 1, blocked_by: [] },
      { pid: 2, blocked_by: [1], query_seconds: 5 },
      { pid: 3, blocked_by: [2], query_seconds: 4 },
      { pid: 4, blocked_by: [], query_seconds: 9 },
    ]);
    expect(trees.map((t) => [t.root.pid, t.waiters.length, t.waitedSeconds])).toEqual([[1, 2, 9]]);
  });
  it('leave circles and vanished sessions alone', () => {
    expect(
      waitTrees([
        { pid: 1, blocked_by: [2] },
        { pid: 2, blocked_by: [1] },
        { pid: 3, blocked_by: [99] },
      ]),
    ).toEqual([]);
  });
});

describe('statements between two snapshots', () => {
  const row = (id: string, calls: number, total_ms: number, query = 'SELECT 1'): Row => ({
    id,
    calls,
    total_ms,
    query,
  });
  it('count only what came since, and all of what was reset', () => {
    const later = statementsSince(
      snapshot({ statements: [row('a', 10, 100), row('b', 10, 100), row('c', 50, 10)] }),
      snapshot({ statements: [row('a', 15, 160), row('b', 10, 100), row('c', 5, 500)] }),
    );
    expect(later.parts.statements?.map((s) => [s.id, s.calls, s.total_ms, s.mean_ms])).toEqual([
      ['c', 5, 500, undefined],
      ['a', 5, 60, 12],
    ]);
  });
  it('name the one that takes most of the time', () => {
    const found = diagnoseServer(
      snapshot({
        statements: [
          {
            ...row('a', 1000, 9000, 'SELECT * FROM t WHERE x = $1'),
            rows: 1000,
            blocks_hit: 2e6,
            mean_ms: 9,
          },
          row('b', 10, 1000),
        ],
      }),
    );
    expect(found.map((f) => f.id)).toEqual(['heavy-statement']);
    expect(plain(found[0]?.reason ?? [])).toMatch(/90.% of all statement time.*goes through/);
  });
});

describe('a replica', () => {
  const standby = {
    unreplayed_bytes: 0,
    since_last_commit_seconds: 86_400,
    receiver: 'streaming',
    silent_seconds: 3,
    paused: false,
  };
  it('that replayed all it has is level, however long ago the last commit was', () => {
    expect(ids(snapshot({ standby: [standby] }))).toEqual([]);
  });
  it('that hears nothing cannot tell how old it is', () => {
    expect(ids(snapshot({ standby: [{ ...standby, receiver: null }] }))).toEqual(['replica-cut-off']);
  });
  it('whose queries replay cancels is told, with what either choice costs; one now and then is not', () => {
    const found = (cancelled: number, feedback: string) =>
      diagnoseServer(
        snapshot({
          standby: [standby],
          conflicts: [{ cancelled }],
          settings: [{ name: 'hot_standby_feedback', setting: feedback }],
        }),
      );
    expect(found(3, 'off')).toEqual([]);
    expect(found(40, 'off').map((f) => f.command)).toEqual([
      expect.stringContaining('hot_standby_feedback = on'),
    ]);
    expect(found(40, 'on').map((f) => f.command)).toEqual([undefined]);
    expect(ids(snapshot({ standby: [], conflicts: [{ cancelled: 40 }] }))).toEqual([]);
  });
});

const captured = (version: number, state: string): Snapshot =>
  snapshotFromDump(
    fileURLToPath(new URL(`../../../fixtures/snapshots/postgres-${version}/${state}`, import.meta.url)),
  );

for (const version of [15, 18])
  describe(`a snapshot of a PostgreSQL ${version}`, () => {
    it('in good order says nothing, although a partitioned table has no transaction of its own', () => {
      expect(captured(version, 'healthy').missing).toEqual([]);
      expect(ids(captured(version, 'healthy'))).toEqual([]);
    });
    it('tells checkpoints called by the log, a cache smaller than the buffers, and a hot partition', () => {
      const found = diagnoseServer(captured(version, 'troubled'));
      const of = (id: string) => found.find((f) => f.id === id);
      expect(of('checkpoint-pressure')?.command).toMatch(/^ALTER SYSTEM SET max_wal_size = '\d+GB'/);
      expect(plain(of('setting-effective_cache_size')?.reason ?? [])).toContain('less than shared_buffers');
      expect(plain(of('partition-skew')?.reason ?? [])).toMatch(/^visit_3 takes 91\.6.% .* could do 1\.09×/);
      expect(plain(of('partition-skew')?.remedy ?? [])).toMatch(/under 4 keys/);
    });
    it('holds settings against the machine where it is told', () => {
      const healthy = captured(version, 'healthy');
      const on = (memoryGb: number, cores: number): string[] =>
        ids({ ...healthy, machine: { memoryBytes: memoryGb * 2 ** 30, cores } });
      expect(on(8, 4)).toEqual([]);
      expect(on(0.2, 1)).toEqual(['setting-shared_buffers', 'setting-work_mem']);
    });
  });

describe('a large table', () => {
  const events: Row = { name: 'public.event', bytes: 4e10, live: 1e8, inserts: 1e8, deletes: 5e7 };
  const old: Row = { query: 'DELETE FROM event WHERE created_at < now() - $1::interval', calls: 30 };
  it('from which old rows are deleted by a range could be partitioned', () => {
    expect(ids(snapshot({ tables: [events], statements: [old] }))).toEqual(['partition-candidate']);
  });
  it.each([
    ['small', { ...events, bytes: 1e9 }, old],
    ['only added to', { ...events, deletes: 10 }, old],
    ['a partition already', { ...events, parent: 'event_all' }, old],
    ['cleaned by key', events, { ...old, query: 'DELETE FROM event WHERE id = $1' }],
    ['not the one that is cleaned', events, { ...old, query: 'DELETE FROM event_log WHERE at < $1' }],
  ])('that is %s is left as it is', (_, table, statement) => {
    expect(ids(snapshot({ tables: [table], statements: [statement] }))).toEqual([]);
  });
});

describe('sessions in line for one row', () => {
  it('are told with the most updates a second that the hold of the one at work allows', () => {
    const waiting = [2, 3, 4].map((pid) => ({
      pid,
      blocked_by: [1],
      query_seconds: 2,
      query: 'UPDATE stock',
    }));
    const found = diagnoseServer(
      snapshot({
        activity: [{ pid: 1, blocked_by: [], transaction_seconds: 0.25, state: 'active' }, ...waiting],
        locks: [
          ...waiting.map((w) => ({
            pid: w.pid,
            locktype: 'transactionid',
            granted: false,
            transactionid: '7',
          })),
          { pid: 2, locktype: 'tuple', granted: true, relation: 'stock', page: 0, tuple: 7 },
        ],
      }),
    ).find((f) => f.id === 'hot-row');
    expect(plain(found?.reason ?? [])).toMatch(/about 4\/s if each .* by now, 250.ms/);
  });
});

describe('a saved snapshot', () => {
  const saved = (files: Record<string, string>): string => {
    const folder = mkdtempSync(join(tmpdir(), 'kneepoint-dump-'));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    return folder;
  };
  it('says which parts it lacks', () => {
    const folder = saved({ 'server.json': '[{"max_connections":100}]' });
    expect(snapshotFromDump(folder).missing).toHaveLength(snapshotParts.length - 1);
    rmSync(folder, { recursive: true });
  });
  it.each([
    ['nothing', {}],
    ['half a file', { 'server.json': '[{"max' }],
    ['another kind of JSON', { 'server.json': '{"a": 1}' }],
    ['a list of numbers', { 'server.json': '[1]' }],
  ])('that is %s is refused', (_, files) => {
    const folder = saved(files);
    expect(() => snapshotFromDump(folder)).toThrow(DumpFault);
    rmSync(folder, { recursive: true });
  });
  it('comes from a script that only reads', () => {
    const script = exportScript();
    expect(script).toContain('SET default_transaction_read_only = on');
    expect(script).not.toMatch(/\b(?:INSERT|UPDATE|DELETE|CREATE|ALTER|DROP|GRANT)\b/);
  });
});
