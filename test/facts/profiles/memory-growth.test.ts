import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Profile, plain, type Source, subject } from '../../../src/domain/index.js';
import { readProfile } from '../../../src/evidence/read-profile.js';
import { type MemoryGrowth, memoryGrowth } from '../../../src/facts/profiles/memory-growth.js';
import { memoryGrowthFacts } from '../../../src/facts/profiles/memory-growth-facts.js';
import type { GivenProfile } from '../../../src/facts/profiles/profile-facts.js';
import { fixture } from '../../evidence/readers/profiles/made.js';

const PROGRAM = `
const v8 = require('node:v8');
class MadeSession { constructor(user) { this.user = user; this.items = [user.length, 1, 2, 3]; } }
class MadeSessionStore { constructor() { this.byId = new Map(); } }
globalThis.madeSessionStore = new MadeSessionStore();
const add = (from, to) => {
  for (let i = from; i < to; i++) madeSessionStore.byId.set('key ' + i, new MadeSession('user ' + i));
};
add(0, 1000);
v8.writeHeapSnapshot(process.argv[1]);
add(1000, 12000);
v8.writeHeapSnapshot(process.argv[2]);
`;

describe('growth between two heap snapshots of a program', () => {
  let folder = '';
  let before: Profile;
  let after: Profile;
  let growth: MemoryGrowth | undefined;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kneepoint-test-'));
    const [first, second] = [join(folder, 'first'), join(folder, 'second')];
    execFileSync(process.execPath, ['-e', PROGRAM, first, second]);
    before = (await readProfile(first)).profile;
    after = (await readProfile(second)).profile;
    growth = memoryGrowth(before, after);
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true }));

  it('names the type that grew and how many more there are', () => {
    const session = growth?.types.find((t) => t.type === 'MadeSession');
    expect((session?.objects.after ?? 0) - (session?.objects.before ?? 0)).toBe(11_000);
  });

  it('names what keeps it: the owner whose own kind did not grow, and the property', () => {
    const session = growth?.types.find((t) => t.type === 'MadeSession');
    expect(session?.owner).toMatch(/^MadeSessionStore/);
    expect(session?.path.join(' → ')).toMatch(/Map \.byId → .*MadeSession$/);
    expect(session?.underOwner).toBeGreaterThan(0.95);
  });

  it('becomes facts and a table of an investigation, with the way to what keeps it', () => {
    const given = (profile: Profile, role: Source['role']): GivenProfile => ({
      source: { id: role, path: `${role}.heapsnapshot`, role } as Source,
      profile,
    });
    const { facts, blocks } = memoryGrowthFacts(
      [given(before, 'baseline'), given(after, 'incident')],
      subject('service', 'shop'),
    );
    expect(facts.find((f) => f.name === 'heap.type.madesession' && f.phase === 'incident')?.unit).toBe(
      'bytes',
    );
    const cells = blocks.flatMap((b) =>
      b.kind === 'table' ? b.rows.map((r) => r.map(plain).join(' | ')) : [],
    );
    expect(cells.join('\n')).toContain('MadeSessionStore');
    expect(memoryGrowthFacts([given(after, 'incident')], subject('service', 'shop')).facts).toEqual([]);
  });

  it('is silent about what did not grow', () => {
    expect(memoryGrowth(before, before)?.types).toEqual([]);
  });

  it('is not told of profiles that hold no objects', async () => {
    const { profile } = await readProfile(fixture('go/heap.pprof'));
    expect(memoryGrowth(profile, profile)).toBeUndefined();
  });
});
