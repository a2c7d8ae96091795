import { describe, expect, it } from 'vitest';
import type { Suspicion } from '../../../src/facts/live/suspicion.js';
import type { LiveView } from '../../../src/facts/live/view.js';
import { openWatch, recent, sentence } from '../../../src/server/live/watch.js';
import type { Segment } from '../../../src/server/otlp/segments.js';

const segment = (fromMs: number, bytes = 10, signal: Segment['signal'] = 'traces'): Segment => ({
  name: `${signal}-${fromMs}`,
  signal,
  encoding: 'protobuf',
  fromMs,
  bytes,
});
const MINUTE = 60_000;
const suspicion: Suspicion = {
  service: 'api',
  operation: 'POST /checkout',
  kind: 'slower',
  p95BeforeMs: 110,
  p95NowMs: 480,
  failedBefore: 0,
  failedNow: 0,
  part: { service: 'coupon', operation: 'POST /apply', moreMs: 300 },
};
const service = { name: 'api', p95Ms: 480, ratePerSecond: 10, errorRatio: 0 };

/** A watch over views that are given one after the other. */
function watching(views: (LiveView | undefined)[]) {
  const begun: string[] = [];
  let received = 0;
  let now = 10 * MINUTE;
  const watch = openWatch({
    sealed: async () => [segment(now - MINUTE)],
    received: () => received,
    pathOf: (s) => s.name,
    look: async () => views.shift(),
    investigate: (s) => {
      begun.push(s.operation);
      return `i${begun.length}`;
    },
    now: () => now,
  });
  const tick = async (later = 15_000): Promise<void> => {
    received++;
    now += later;
    await watch.tick();
  };
  return { watch, begun, tick };
}

describe('the watch over what arrives', () => {
  it('says that nothing came until something did', async () => {
    const { watch, tick } = watching([{ services: [service], calls: [] }]);
    expect(watch.state().state).toContain('Nothing has been received');
    await tick();
    expect(watch.state().state).toContain('no time before');
  });
  it('is calm while nothing turned', async () => {
    const { watch, begun, tick } = watching([{ services: [{ ...service, beforeMs: 470 }], calls: [] }]);
    await tick();
    expect(watch.state().suspicion).toBeUndefined();
    expect(watch.state().state).toContain('Nothing is slower');
    expect(begun).toEqual([]);
  });
  it('tells a suspicion and investigates it once while it lasts', async () => {
    const view: LiveView = { services: [service], calls: [], suspicion };
    const { watch, begun, tick } = watching([view, view, view]);
    for (let i = 0; i < 3; i++) await tick();
    expect(begun).toEqual(['POST /checkout']);
    expect(watch.state().suspicion).toMatchObject({ investigation: 'i1' });
  });
  it('investigates again when it comes back a quarter of an hour later', async () => {
    const view: LiveView = { services: [service], calls: [], suspicion };
    const { begun, tick } = watching([view, view]);
    await tick();
    await tick(16 * MINUTE);
    expect(begun).toHaveLength(2);
  });
  it('says in one sentence what turned and where the time went', () => {
    expect(sentence(suspicion).replaceAll('\u202f', ' ')).toBe(
      'POST /checkout of api slowed: p95 110 ms → 480 ms; 300 ms more a request in POST /apply of coupon.',
    );
  });
});

describe('segments that tell of now', () => {
  it('are those of spans whose time reaches into the last minutes', () => {
    const now = 100 * MINUTE;
    const all = [1, 50, 93, 95, 99].map((m) => segment(m * MINUTE));
    expect(recent(all, now).map((s) => s.fromMs / MINUTE)).toEqual([93, 95, 99]);
    expect(recent([segment(99 * MINUTE, 1, 'logs')], now)).toEqual([]);
  });
  it('are the newest where there are too many bytes, and one at least', () => {
    const now = 100 * MINUTE;
    const big = [95, 97, 99].map((m) => segment(m * MINUTE, 60 * 1024 * 1024));
    expect(recent(big, now).map((s) => s.fromMs / MINUTE)).toEqual([99]);
  });
});
