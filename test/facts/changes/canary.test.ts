import { describe, expect, it } from 'vitest';
import { suspectRelease } from '../../../src/facts/changes/canary.js';
import type {
  EdgeSeries,
  PodCalls,
  PodPoint,
  Release,
  RolloutEvidence,
} from '../../../src/facts/changes/rollout-evidence.js';

const MINUTE = 60_000;
const DETECTED = 60 * MINUTE;
const READY = DETECTED - MINUTE;
const minutes = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => (from + i) * MINUTE);

const release = (service: string, startMs = DETECTED - 2 * MINUTE): Release => ({
  service,
  steps: [{ startMs, readyMs: startMs + MINUTE, newPods: [`${service}-new`], oldPods: [`${service}-old-0`] }],
});
const pod = (
  service: string,
  name: string,
  caller: string,
  point: (atMs: number) => Partial<PodPoint> = () => ({}),
): PodCalls => ({
  pod: `${service}-${name}`,
  service,
  caller,
  callee: service,
  points: minutes(name === 'new' ? 59 : 30, 70).map((atMs) => ({
    atMs,
    success: 1,
    latencyMs: 20,
    memory: 40,
    cpu: 5,
    ...point(atMs),
  })),
});
const edge = (caller: string, callee: string, success: (atMs: number) => number = () => 1): EdgeSeries => ({
  caller,
  callee,
  points: minutes(30, 70).map((atMs) => ({ atMs, success: success(atMs) })),
});
const olds = (service: string, caller: string, point?: (atMs: number) => Partial<PodPoint>): PodCalls[] =>
  ['old-0', 'old-1', 'old-2'].map((name) => pod(service, name, caller, point));

/** web calls cart and orders; orders calls stock. All well. */
function calm(): RolloutEvidence {
  return {
    releases: [release('cart'), release('orders'), release('stock')],
    pods: [
      ...olds('cart', 'web'),
      pod('cart', 'new', 'web'),
      ...olds('orders', 'web'),
      pod('orders', 'new', 'web'),
      ...olds('stock', 'orders'),
      pod('stock', 'new', 'orders'),
    ],
    edges: [edge('web', 'cart'), edge('web', 'orders'), edge('orders', 'stock')],
    detectedMs: DETECTED,
  };
}
const replacing = (evidence: RolloutEvidence, ...pods: PodCalls[]): RolloutEvidence => ({
  ...evidence,
  pods: [
    ...evidence.pods.filter((p) => !pods.some((q) => q.pod === p.pod && q.caller === p.caller)),
    ...pods,
  ],
});
const first = (evidence: RolloutEvidence): string | undefined => {
  const answer = suspectRelease(evidence);
  return answer.none ? undefined : answer.ranked[0]?.service;
};

describe('which release is guilty', () => {
  it('names none when nothing deviates, and none when nothing was released', () => {
    expect(first(calm())).toBeUndefined();
    expect(first({ ...calm(), releases: [] })).toBeUndefined();
  });

  it('names the release whose new pods fail beside old ones that do not', () => {
    const failing = pod('cart', 'new', 'web', () => ({ success: 0.4 }));
    expect(first(replacing(calm(), failing))).toBe('cart');
  });

  it('does not blame a release whose old pods fail as much', () => {
    const bad = (atMs: number) => (atMs >= DETECTED ? { success: 0.5 } : {});
    const evidence = replacing(
      calm(),
      ...olds('orders', 'web', bad),
      pod('orders', 'new', 'web', bad),
      // The new stock pods answer, but with what makes the caller fail; they began as the failure began.
    );
    const edges = [
      edge('web', 'cart'),
      edge('web', 'orders', (t) => (t >= DETECTED ? 0.5 : 1)),
      edge('orders', 'stock'),
    ];
    expect(first({ ...evidence, edges })).toBe('stock');
  });

  it('names the release whose new pods never serve what the old ones do', () => {
    const evidence = calm();
    const pods = evidence.pods.filter((p) => p.pod !== 'stock-new');
    expect(first({ ...evidence, pods })).toBe('stock');
  });

  it('does not take an edge that nobody calls any more for silence', () => {
    const evidence = calm();
    const quiet = (p: PodCalls): PodCalls =>
      p.service === 'stock'
        ? {
            ...p,
            points: p.points.filter((x) => x.atMs < READY).map((x) => ({ ...x })),
          }
        : p;
    const pods = evidence.pods.filter((p) => p.pod !== 'stock-new').map(quiet);
    expect(first({ ...evidence, pods })).toBeUndefined();
  });

  it('ignores what a pod shows after it was taken away', () => {
    const taken = pod('cart', 'old-0', 'web', (t) => (t > DETECTED - 2 * MINUTE ? { success: 0 } : {}));
    expect(first(replacing(calm(), taken))).toBeUndefined();
  });

  it('holds a release innocent that began after detection', () => {
    const failing = pod('cart', 'new', 'web', () => ({ success: 0.4 }));
    const evidence = replacing(calm(), failing);
    const releases = [release('cart', DETECTED + 3 * MINUTE), release('orders')];
    expect(suspectRelease({ ...evidence, releases }).ranked.map((r) => r.service)).toEqual(['orders']);
  });

  it('forgives the CPU and the slow calls of the first minutes, not memory that stays', () => {
    const cold = pod('cart', 'new', 'web', (t) =>
      t < READY + 3 * MINUTE ? { cpu: 95, latencyMs: 900 } : {},
    );
    expect(first(replacing(calm(), cold))).toBeUndefined();
    const leaking = pod('cart', 'new', 'web', () => ({ memory: 200 }));
    expect(first(replacing(calm(), leaking))).toBe('cart');
  });

  it('names the release whose new pods are slow once warm', () => {
    const slow = pod('orders', 'new', 'web', () => ({ latencyMs: 800 }));
    expect(first(replacing(calm(), slow))).toBe('orders');
  });

  it('ranks the same whatever the order of the plan', () => {
    const failing = pod('cart', 'new', 'web', () => ({ success: 0.4 }));
    const evidence = replacing(calm(), failing);
    const reversed = { ...evidence, releases: [...evidence.releases].reverse() };
    expect(suspectRelease(reversed).ranked).toEqual(suspectRelease(evidence).ranked);
  });
});
