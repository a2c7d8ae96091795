import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plain, type Source, subject } from '../../../src/domain/index.js';
import { openStore, type Store } from '../../../src/evidence/store/index.js';
import { hostContention } from '../../../src/facts/profiles/host-contention.js';
import { interpretProfile } from '../../../src/facts/profiles/interpret.js';
import type { ToldProfile } from '../../../src/facts/profiles/profile-facts.js';
import { readContent } from '../../evidence/readers/profiles/made.js';

const START_MS = 1_760_000_000_000;
const at = (seconds: number): string =>
  new Date(START_MS + seconds * 1000).toISOString().replace('T', ' ').replace('Z', '');

let store: Store;
beforeAll(async () => {
  store = await openStore({});
});
afterAll(async () => store.close());

async function told(startMs?: number): Promise<ToldProfile> {
  const { profile } = await readContent('main;work 400\n');
  const source: Source = {
    id: 's1',
    path: 'cpu.profile',
    format: 'a profile',
    confidence: 1,
    recognisedBy: 'its content',
    role: 'incident',
    sha256: '',
    bytes: 1,
    records: 1,
  };
  const timed =
    startMs === undefined
      ? profile
      : { ...profile, startNs: BigInt(startMs) * 1_000_000n, durationNs: 10_000_000_000 };
  return {
    given: { source, profile: timed },
    seen: interpretProfile(profile),
    subject: subject('service', 'shop'),
    phase: 'incident',
    from: [],
  };
}
const levels = (
  metric: string,
  unit: string,
  values: number[],
  attributes: Record<string, string>,
  from = 0,
) =>
  store.insert(
    'otel_metrics_gauge',
    values.map((Value, i) => ({
      ServiceName: 'host-1',
      MetricName: metric,
      MetricUnit: unit,
      Attributes: attributes,
      TimeUnix: at(from + i),
      Value,
    })),
  );
const counter = (metric: string, values: number[], attributes: Record<string, string>, from: number) =>
  store.insert(
    'otel_metrics_sum',
    values.map((Value, i) => ({
      ServiceName: 'host-1',
      MetricName: metric,
      Attributes: attributes,
      TimeUnix: at(from + i),
      Value,
      IsMonotonic: true,
      AggregationTemporality: 2,
    })),
  );

describe('the host of a profile', () => {
  it('is contended when others took its time or work waited for a processor meanwhile', async () => {
    await levels('system.cpu.utilization', '1', [0.2, 0.2, 0.2], { state: 'steal', cpu: '0' });
    await levels('system.cpu.utilization', '1', [0.7, 0.7, 0.7], { state: 'user', cpu: '0' });
    await levels('system.pressure.cpu', '%', [30, 40], {});
    const { facts, blocks } = await hostContention(store, await told(START_MS));
    expect(facts.map((f) => [f.name, f.value])).toEqual([
      ['profile.stolen', 0.2],
      ['profile.queued', 0.35],
    ]);
    const says = blocks.flatMap((b) => (b.kind === 'paragraph' ? [plain(b.text)] : [])).join(' ');
    expect(says).toContain('how long that took does not');
  });

  it('is judged by counters too, each against all states', async () => {
    for (const [mode, values] of [
      ['idle', [100, 101, 102]],
      ['user', [100, 104, 106]],
      ['steal', [10, 11, 12]],
    ] as const)
      await counter('node_cpu_seconds_total', [...values], { mode, cpu: '0' }, 1000);
    await counter('node_pressure_cpu_waiting_seconds_total', [5, 5.5, 6], {}, 1000);
    const { facts } = await hostContention(store, await told(START_MS + 1_000_000));
    expect(facts.map((f) => [f.name, f.value])).toEqual([
      ['profile.stolen', 0.2],
      ['profile.queued', 0.5],
    ]);
  });

  it('is not spoken of when it was calm, or when nobody knows when the profile was recorded', async () => {
    await levels('system.cpu.steal', '1', [0.01, 0.02], {}, 2000);
    for (const startMs of [START_MS + 2_000_000, START_MS + 9_000_000, undefined])
      expect(await hostContention(store, await told(startMs))).toEqual({ facts: [], blocks: [] });
  });
});
