import { expect, test } from 'vitest';
import { type CausePart, type Remedy, type Retiming, type Subject, subject } from '../../src/domain/index.js';
import { forecaster } from '../../src/method/forecast.js';
import type { Judged } from '../../src/method/infer.js';
import { API, CACHE, ENTRY, made, seen, TAX, traces } from '../hypotheses/made.js';

const SHARES: Record<string, number> = { cause: 0.3, other: 0.5 };

interface Asked {
  retiming?: Retiming;
  /** Remedies of the other cause, beside its own. */
  remedies?: string[];
  /** Changes that brought the cause, and the other. */
  changes?: [string[], string[]];
}

/** How much goes with a cause by a remedy, with another that is supported beside it. */
function partOf(
  at: Subject,
  otherAt: Subject,
  { retiming = { kind: 'baseline' }, remedies = [], changes = [[], []] }: Asked = {},
): CausePart {
  const shares = Object.entries(SHARES).map(([id, share]) =>
    seen('excess.share', subject('operation', id), share, 'ratio'),
  );
  const context = made({
    telemetry: traces([
      { service: API.name, id: 'smembers', kind: 'cache', before: 1, during: 30, peer: CACHE },
      { service: API.name, id: 'tax', kind: 'call', before: 1, during: 30, peer: TAX },
    ]),
    measured: [
      ...shares,
      seen('excess.unexplainedShare', ENTRY, 0.2, 'ratio'),
      seen('latency.p99', ENTRY, 60, 'ms', 'baseline'),
    ],
  });
  const judged = (id: string, about: Subject, remedyIds: string[], broughtBy: string[]): Judged => {
    const fact = shares.find((f) => f.subject.name === id);
    const finding = {
      id,
      subject: about,
      verdict: 'supported',
      changes: broughtBy,
      claim: { share: SHARES[id], facts: ['', fact?.id] },
    };
    return {
      finding,
      hypothesis: { remedies: remedyIds },
      claims: [{ cell: 'c', share: 1 }],
    } as unknown as Judged;
  };
  const [cause, other] = [
    judged('cause', at, ['mend'], changes[0]),
    judged('other', otherAt, remedies, changes[1]),
  ];
  let asked: CausePart | undefined;
  const retime = (_c: unknown, _r: unknown, part?: CausePart) => {
    asked = part;
    return undefined;
  };
  const forecastOf = forecaster({ retime }, context, [cause, other]);
  forecastOf({ id: 'mend', retiming } as Remedy, cause);
  if (!asked) throw new Error('nothing was asked');
  return asked;
}

test('at best all goes with a store whose answers stop the process that reads them', () => {
  const part = partOf(CACHE, API);
  expect(part.withUnexplained.value).toBeCloseTo(0.3 / 0.8, 9);
  expect(part.withFollowing.value).toBeCloseTo(1, 9);
});

test('at best all goes with a cause at the same part', () => {
  expect(partOf(API, API).withFollowing.value).toBeCloseTo(1, 9);
});

test('at best all goes with what makes a process slow that holds the connections of a pool', () => {
  expect(partOf(API, subject('pool', 'orders', API.name)).withFollowing.value).toBeCloseTo(1, 9);
  const others = partOf(API, subject('pool', 'orders', TAX.name));
  expect(others.withFollowing).toBe(others.withUnexplained);
});

test('at best all goes with a statement that is lost in the process that reads its rows', () => {
  const statement = subject('statement', 'select lines', API.name);
  expect(partOf(statement, API).withFollowing.value).toBeCloseTo(1, 9);
});

test('causes at one part that one remedy ends go together', () => {
  const part = partOf(TAX, TAX, { remedies: ['mend'] });
  expect(part.claimed.value).toBeCloseTo(0.8, 9);
  expect(part.withUnexplained.value).toBeCloseTo(1, 9);
  expect(part.claimed.inputs).toHaveLength(2);
  const elsewhere = partOf(TAX, API, { remedies: ['mend'] });
  expect(elsewhere.claimed.value).toBeCloseTo(0.3, 9);
});

test('at best a change that is taken back takes all with it that it brought', () => {
  const retiming: Retiming = { kind: 'baseline', takesChangeBack: true };
  const part = partOf(TAX, CACHE, { retiming, changes: [['release'], ['release', 'flag']] });
  expect(part.withFollowing.value).toBeCloseTo(1, 9);
  const apart = partOf(TAX, CACHE, { retiming, changes: [['release'], ['flag']] });
  expect(apart.withFollowing).toBe(apart.withUnexplained);
  const kept = partOf(TAX, CACHE, { changes: [['release'], ['release']] });
  expect(kept.withFollowing).toBe(kept.withUnexplained);
});

test('nothing goes with a cause at another part: a slow answer does not stop who waits for it', () => {
  for (const [at, other] of [
    [TAX, API],
    [CACHE, TAX],
    [API, CACHE],
  ] as const) {
    const part = partOf(at, other);
    expect(part.withFollowing).toBe(part.withUnexplained);
  }
});
