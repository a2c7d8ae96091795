import { describe, expect, it } from 'vitest';
import { postgresSeries } from '../../../../src/evidence/connectors/postgres/live-source.js';

const lagOf = (standby: Record<string, unknown>): number[] =>
  postgresSeries([{ atMs: 0, parts: { standby: [standby] } }])
    .filter((s) => s.name === 'postgresql.replication_lag')
    .flatMap((s) => s.points.map(([, value]) => value));

describe('the lag of a replica, read from the replica', () => {
  const idle = { unreplayed_bytes: 0, since_last_commit_seconds: 86_400, receiver: 'streaming' };
  it('is none where all that arrived is replayed, however long ago the last commit was', () => {
    expect(lagOf(idle)).toEqual([0]);
  });
  it('is the age of the last commit while log waits to be replayed', () => {
    expect(lagOf({ ...idle, unreplayed_bytes: 5e6, since_last_commit_seconds: 12 })).toEqual([12]);
  });
  it('is not known where it does not hear from its primary', () => {
    expect(lagOf({ ...idle, receiver: null })).toEqual([]);
  });
});
