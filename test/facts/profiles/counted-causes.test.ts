import { describe, expect, it } from 'vitest';
import { emptyCase } from '../../../src/case/index.js';
import type { Profile, Source } from '../../../src/domain/index.js';
import { readProfile } from '../../../src/evidence/read-profile.js';
import { interpretProfile } from '../../../src/facts/profiles/interpret.js';
import { profileFacts } from '../../../src/facts/profiles/profile-facts.js';
import { fixture, readContent } from '../../evidence/readers/profiles/made.js';

/** A V8 profile of a second in which `price` takes 60 samples and `parse` 40, each below the root. */
const v8 = (deoptReason?: string): string =>
  JSON.stringify({
    nodes: [
      {
        id: 1,
        callFrame: { functionName: '(root)', url: '', lineNumber: -1, columnNumber: -1 },
        hitCount: 0,
        children: [2, 3],
      },
      {
        id: 2,
        callFrame: { functionName: 'price', url: 'file:///app/price.js', lineNumber: 4, columnNumber: 0 },
        hitCount: 60,
        ...(deoptReason ? { deoptReason } : {}),
      },
      {
        id: 3,
        callFrame: { functionName: 'parse', url: 'file:///app/parse.js', lineNumber: 1, columnNumber: 0 },
        hitCount: 40,
      },
    ],
    startTime: 0,
    endTime: 1_000_000,
    samples: Array.from({ length: 100 }, (_, i) => (i < 60 ? 2 : 3)),
    timeDeltas: Array.from({ length: 100 }, () => 10_000),
  });

describe('code that the runtime gave up optimising', () => {
  it('is a cause with the share of its own samples, its reason and its place', async () => {
    const { profile } = await readContent(v8('Optimized too many times'));
    const cause = interpretProfile(profile).causes.find((c) => c.cause === 'deoptimisation');
    expect(cause?.share).toBeCloseTo(0.6);
    expect(cause?.matched).toContain('Optimized too many times');
    expect(cause?.places[0]?.place.function).toBe('price');
  });

  it('is not told without a reason of the runtime', async () => {
    const { profile } = await readContent(v8());
    expect(interpretProfile(profile).causes.map((c) => c.cause)).not.toContain('deoptimisation');
  });
});

describe('exceptions', () => {
  const thrown = (profile: Profile): Profile => ({
    ...profile,
    durationNs: 10e9,
    events: [
      { kind: 'exceptions', count: 5000, total: 5000, max: 0, unit: 'count', details: [], places: [] },
    ],
  });

  it('have the share of their samples, and say how many were counted', async () => {
    const { profile } = await readContent(
      'java.lang.Thread.run;shop.Cart.total;java.lang.Throwable.fillInStackTrace 70\njava.lang.Thread.run;shop.Cart.total 30\n',
    );
    const cause = interpretProfile(thrown(profile)).causes.find((c) => c.cause === 'exceptions');
    expect(cause?.share).toBeCloseTo(0.7);
    expect(cause?.matched).toContain('5000 counted by the runtime, 500 a second');
  });

  it('that were counted and cost no samples are no cause', async () => {
    const { profile } = await readContent('java.lang.Thread.run;shop.Cart.total 100\n');
    expect(interpretProfile(thrown(profile)).causes.map((c) => c.cause)).not.toContain('exceptions');
  });
});

describe('a recording of the JVM', () => {
  it('tells bytes allocated a second, and what a gigabyte costs in pauses', async () => {
    const source = { id: 's1', path: 'gc.jfr', role: 'incident' } as Source;
    const { profile } = await readProfile(fixture('jvm/gc.jfr.gz'));
    const { facts } = profileFacts([{ source, profile }], emptyCase('shop'), { components: [] });
    const value = (name: string): number => facts.find((f) => f.name === name)?.value ?? Number.NaN;
    expect(value('allocation.rate')).toBeGreaterThan(1e6);
    const seconds = (profile.durationNs ?? 0) / 1e9;
    expect(value('gc.pause.perGigabyte')).toBeCloseTo(
      (value('gc.pause.total') * 1000) / ((value('allocation.rate') * seconds) / 1e9),
      5,
    );
  });
});
