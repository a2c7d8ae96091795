import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
