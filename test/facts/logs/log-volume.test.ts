import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStore, type Store } from '../../../src/evidence/store/index.js';
import { logVolume } from '../../../src/facts/logs/log-volume.js';
import { phasesByRole } from '../../../src/facts/phases.js';

let store: Store;
beforeAll(async () => {
  store = await openStore({});
}, 60_000);
afterAll(() => store.close());

const logged = async (requests: number, each: number, traced = true) => {
  await store.command('TRUNCATE TABLE otel_logs');
  await store.insert(
    'otel_logs',
    Array.from({ length: requests * each }, (_, i) => ({
      Timestamp: String(1_700_000_000_000_000_000n + BigInt(i)),
      TraceId: traced ? `t${Math.floor(i / each)}` : '',
      ServiceName: 'shop',
      Body: 'step done',
      KpSource: 's',
      KpLine: i,
    })),
  );
  return (await logVolume(store, phasesByRole([]), ['s'])).map((f) => [f.name, f.subject.id, f.value]);
};

it('records are counted by the requests that log them', async () => {
  expect(await logged(60, 24)).toEqual([['logs.perRequest', 'service:shop', 24]]);
});

it('nothing is said of a handful of requests, or of records that carry no trace', async () => {
  expect(await logged(40, 24)).toEqual([]);
  expect(await logged(60, 24, false)).toEqual([]);
});
