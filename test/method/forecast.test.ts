import { expect, test } from 'vitest';
import { type CausePart, type Remedy, type Subject, subject } from '../../src/domain/index.js';
import { forecaster } from '../../src/method/forecast.js';
import type { Judged } from '../../src/method/infer.js';
import { API, CACHE, ENTRY, made, seen, TAX, traces } from '../hypotheses/made.js';

const SHARES: Record<string, number> = { cause: 0.3, other: 0.5 };

/** How much goes with a cause, with another that is supported beside it. */
function partOf(at: Subject, otherAt: Subject): CausePart {
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
  const judged = (id: string, about: Subject): Judged => {
    const fact = shares.find((f) => f.subject.name === id);
    const finding = {
      id,
      subject: about,
      verdict: 'supported',
      claim: { share: SHARES[id], facts: ['', fact?.id] },
    };
    return { finding, claims: [{ cell: 'c', share: 1 }] } as unknown as Judged;
  };
  const [cause, other] = [judged('cause', at), judged('other', otherAt)];
  let asked: CausePart | undefined;
  const retime = (_c: unknown, _r: unknown, part?: CausePart) => {
    asked = part;
    return undefined;
  };
  const forecastOf = forecaster({ retime }, context, [cause, other]);
  forecastOf({ retiming: { kind: 'baseline' } } as Remedy, cause);
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
