import { describe, expect, it } from 'vitest';
import { emptyCase } from '../../../src/case/index.js';
import { type Context, plain, type Source } from '../../../src/domain/index.js';
import { readProfile } from '../../../src/evidence/read-profile.js';
import { type GivenProfile, profileFacts } from '../../../src/facts/profiles/profile-facts.js';
import { sourcesBelow } from '../../../src/facts/profiles/source/find-source.js';
import { profileShare } from '../../../src/hypotheses/profile-shares.js';
import { HYPOTHESES } from '../../../src/hypotheses/registry.js';
import { PROFILE_SHARE } from '../../../src/hypotheses/thresholds.js';
import { KNOWLEDGE } from '../../../src/knowledge/index.js';
import { contextOf } from '../../../src/method/context.js';
import { fixture, readContent } from '../../evidence/readers/profiles/made.js';

const source = (id: string, role: Source['role']): Source => ({
  id,
  path: `${id}.profile`,
  format: 'a profile',
  confidence: 1,
  recognisedBy: 'its content',
  role,
  sha256: '',
  bytes: 1,
  records: 1,
});
const given = async (path: string, role: Source['role'] = 'incident'): Promise<GivenProfile> => ({
  source: source('s1', role),
  profile: (await readProfile(fixture(path))).profile,
});
const NOTHING = { components: [] };

function contextWith(...profiles: GivenProfile[]): Context {
  const theCase = emptyCase('shop');
  const { facts, components } = profileFacts(profiles, theCase, NOTHING);
  return contextOf(theCase, KNOWLEDGE, { facts, components, links: [], changes: [] });
}

describe('a profile given as evidence', () => {
  it('becomes shares with binomial intervals, about the service of its runtime', async () => {
    const { facts, components } = profileFacts(
      [await given('node/parse-orders.cpuprofile')],
      emptyCase('shop'),
      NOTHING,
      sourcesBelow([fixture('node')]),
    );
    const share = facts.find((f) => f.name === 'profile.share.json-parse');
    expect(share).toMatchObject({
      phase: 'incident',
      unit: 'ratio',
      origin: 'measured',
      subject: { name: 'shop' },
    });
    expect(share?.interval?.[0]).toBeLessThan(share?.value ?? 0);
    expect(share?.interval?.[1]).toBeGreaterThan(share?.value ?? 1);
    expect(components[0]?.runtime).toBe('nodejs');
    expect(facts.map((f) => f.name)).toContain('eventloop.utilisation');
  });

  it('of the JVM tells the share of time in collection pauses', async () => {
    const { facts } = profileFacts([await given('jvm/gc.jfr.gz')], emptyCase('shop'), NOTHING);
    expect(facts.find((f) => f.name === 'gc.pause.share')?.value).toBeGreaterThan(0.1);
  });

  it('of time is told before one of memory, in whatever order they were given', async () => {
    const heap = await given('go/heap.pprof');
    const time = await given('node/parse-orders.cpuprofile');
    const names = (...all: GivenProfile[]): string[] =>
      profileFacts(all, emptyCase('shop'), NOTHING).facts.map((f) => f.name);
    expect(names(heap, time)).toEqual(names(time, heap));
    expect(names(heap, time)).toContain('eventloop.utilisation');
  });

  it('with too few samples says how many there were, and nothing else', async () => {
    const { profile } = await readContent('main;work 4\nmain;other 3\n');
    const { facts, blocks } = profileFacts(
      [{ source: source('s1', 'incident'), profile }],
      emptyCase('shop'),
      NOTHING,
    );
    expect(facts.map((f) => f.name)).toEqual(['profile.samples']);
    expect(blocks).toEqual([]);
  });

  it('lets hypotheses about code and the event loop be tested', async () => {
    const context = contextWith(await given('node/parse-orders.cpuprofile'));
    const blocked = HYPOTHESES.find((h) => h.id === 'event-loop-blocked');
    const subject = blocked?.subjects(context)[0];
    expect(subject?.name).toBe('shop');
    const named = blocked?.predictions.find((p) => p.id === 'profile-names-blocker');
    expect(subject && named?.test(context, subject).outcome).toBe('seen');
  });

  it('lets the lock within a process be tested', async () => {
    const context = contextWith(await given('jvm/locks.jfr.gz'));
    const lock = HYPOTHESES.find((h) => h.id === 'in-process-lock');
    const subject = lock?.subjects(context)[0];
    expect(subject).toBeDefined();
    const waits = lock?.predictions.find((p) => p.id === 'waits-for-lock');
    expect(subject && waits?.test(context, subject).outcome).toBe('seen');
  });
});

describe('the share of a cause', () => {
  const look = profileShare({ causes: ['logging'], at: PROFILE_SHARE, what: 'logging' });

  it('is not measured without a profile', () => {
    const context = contextOf(emptyCase('shop'), KNOWLEDGE);
    expect(look(context, context.app)).toBeUndefined();
  });

  it('speaks against the cause when the profile shows other work', async () => {
    const context = contextWith(await given('node/parse-orders.cpuprofile'));
    expect(look(context, context.app)?.outcome).toBe('absent');
  });

  it('that was as large before is not what changed', async () => {
    const now = await given('node/parse-orders.cpuprofile');
    const before = { ...now, source: source('s2', 'baseline') };
    const own = profileShare({ causes: ['own-code'], at: PROFILE_SHARE, what: 'own code' });
    const context = contextWith(now, before);
    const outcome = own(context, context.app);
    expect(outcome?.outcome).toBe('absent');
    expect(plain(outcome?.says ?? [])).toContain('not what changed');
  });
});
