import { expect, test } from 'vitest';
import { measured as fact, subject } from '../../src/domain/index.js';
import { call, measured, select, served } from './made-spans.js';

const spread = (i: number): number => (i * 7) % 10;
const buy = (ms: number) => (i: number) =>
  served('shop', 'POST /buy', ms + spread(i), [select('shop', 'SELECT 1 FROM a WHERE id = 5', 2, ms / 2)]);

test('cells add up to the duration of slow requests, before and during', async () => {
  const { measured: m } = await measured({ baseline: buy(20), incident: buy(80) });
  const t = m.telemetry;
  const sum = (part: 'baseline' | 'incident' | 'excess'): number =>
    (t?.cells ?? []).reduce((a, c) => a + c[part].value, 0);
  expect(sum('incident')).toBeCloseTo(t?.excess.incident.value ?? 0, 6);
  expect(sum('baseline')).toBeCloseTo(t?.excess.baseline.value ?? 0, 6);
  expect(sum('excess')).toBeCloseTo(t?.excess.total.value ?? 0, 6);
  expect(t?.excess.total.interval?.[0]).toBeGreaterThan(0);
});

test('the same input gives the same bytes', async () => {
  const world = { baseline: buy(20), incident: buy(80) };
  const bytes = async (): Promise<string> => JSON.stringify((await measured(world)).measured);
  expect(await bytes()).toBe(await bytes());
});

test('the entry operation is the one that users wait for longer, not the one that was always slow', async () => {
  const report = (i: number) => served('shop', 'GET /report', 900 + spread(i));
  const { measured: m } = await measured({
    baseline: (i) => (i % 2 ? report(i) : buy(20)(i)),
    incident: (i) => (i % 2 ? report(i) : buy(500)(i)),
    requests: 120,
  });
  expect(m.telemetry?.entry.name).toBe('POST /buy');
});

test('old and new conventions tell of the same parts and links', async () => {
  const old = (i: number) =>
    served('shop', '/buy', 50 + spread(i), [
      {
        service: 'shop',
        name: 'query',
        kind: 'Client',
        at: 1,
        ms: 5,
        attributes: { 'db.system': 'mysql', 'db.statement': 'SELECT 1 FROM a', 'net.peer.name': 'db' },
      },
      {
        service: 'shop',
        name: 'HTTP GET',
        kind: 'Client',
        at: 8,
        ms: 9,
        attributes: {
          'http.method': 'GET',
          'http.url': 'http://tax:80/q/17',
          'net.peer.name': 'tax',
          'net.peer.port': '80',
        },
      },
      {
        service: 'shop',
        name: 'orders publish',
        kind: 'Producer',
        at: 20,
        ms: 1,
        attributes: { 'messaging.system': 'kafka', 'messaging.destination': 'orders' },
      },
    ]);
  const { measured: m } = await measured({ incident: old, requests: 30 });
  expect(m.components.map((c) => c.subject.id)).toEqual([
    'database:mysql',
    'dependency:tax-80',
    'queue:orders',
    'service:shop',
  ]);
  expect(m.links.map((l) => [l.to, l.asynchronous])).toEqual([
    ['database:mysql', false],
    ['dependency:tax-80', false],
    ['queue:orders', true],
  ]);
});

test('without a baseline the onset within the recording splits it', async () => {
  const { measured: m, problems } = await measured({
    incident: (i) => buy(i < 200 ? 20 : 90)(i),
    requests: 400,
  });
  expect(m.telemetry?.hasBaseline).toBe(true);
  expect(problems.map((p) => p.what).join()).toContain('Latency rose at 2023-11-14T22:13:49.975Z');
});

test('a recording without an onset is compared with nothing', async () => {
  const { measured: m } = await measured({ incident: buy(50), requests: 400 });
  expect(m.telemetry?.hasBaseline).toBe(false);
});

test('spans without their parent, clocks that differ and traces without a root are said', async () => {
  const { problems } = await measured({
    incident: (i) =>
      served('shop', 'GET /x', 50, [
        { ...select('shop', 'SELECT 1 FROM a', 1, 2), orphan: true },
        call('shop', 'http://tax/q', 5, 20, [served('tax', 'GET /q', 10, [], i % 2 ? 6 : 900)]),
      ]),
    requests: 30,
  });
  const said = problems.map((p) => p.what).join('\n');
  expect(said).toContain('30 of 30 walked traces are incomplete');
  expect(said).toMatch(/Clocks differ: in 15 of 30 .* by 890 ms in the middle/s);
});

test('what came before the other side began, beyond the way back, is a queue in front of it', async () => {
  const request = (queue: number) => (i: number) =>
    served('shop', 'GET /x', 60 + queue + spread(i), [
      call('shop', 'http://tax/q', 5, 14 + queue, [served('tax', 'GET /q', 10, [], 7 + queue)]),
    ]);
  const { measured: m } = await measured({ baseline: request(0), incident: request(100) });
  const gap = m.telemetry?.cells.find((c) => c.kind === 'queue-gap');
  expect(gap?.service).toBe('tax');
  expect(gap?.excess.value).toBeCloseTo(100, 6);
});

test('a picture shows a slow request beside a normal one, pieces in order and without overlap', async () => {
  const { paths, measured: m } = await measured({ baseline: buy(20), incident: buy(80) });
  const value = (id: string): number => m.facts.find((f) => f.id === id)?.value ?? Number.NaN;
  expect(paths).toHaveLength(2);
  for (const path of paths) {
    const ends = path.pieces.map((p) => value(p.startMs) + value(p.durationMs));
    for (const [i, p] of path.pieces.slice(1).entries())
      expect(value(p.startMs)).toBeCloseTo(ends[i] ?? 0, 6);
    expect(ends[ends.length - 1]).toBeCloseTo(value(path.totalMs), 6);
  }
});

test('taking a claimed cell away is forecast as an interval around what the requests would have taken', async () => {
  const m = await measured({ baseline: buy(20), incident: buy(80) });
  const cell = m.measured.telemetry?.cells.find((c) => c.kind === 'database');
  const made = m.forecasting?.retime([{ cell: cell?.id ?? '', share: 1 }], { kind: 'drop' });
  expect(made?.now.value).toBeCloseTo(89, 6);
  // 40 ms of each request are the statement.
  expect(made?.then.value).toBeCloseTo(49, 0);
  expect(made?.then.interval?.[0]).toBeLessThanOrEqual(49);
  expect(made?.then.interval?.[1]).toBeGreaterThanOrEqual(49);
});

test('of what is cut off at a fixed length no more stays than that, however long it was waited for', async () => {
  const m = await measured({ baseline: buy(20), incident: buy(4000) });
  const cell = m.measured.telemetry?.cells.find((c) => c.kind === 'database');
  const about = subject('service', 'shop');
  const share = fact({ name: 'share', subject: about, value: 1, unit: 'ratio' }, []);
  const part = {
    before: fact({ name: 'latency.p99', subject: about, value: 29, unit: 'ms' }, []),
    claimed: share,
    withUnexplained: share,
    withFollowing: share,
  };
  const highest = (leftInTimesBefore?: number): number =>
    m.forecasting?.retime(
      [{ cell: cell?.id ?? '', share: 1 }],
      { kind: 'scale', growth: [0, 0.25], ...(leftInTimesBefore ? { leftInTimesBefore } : {}) },
      part,
    )?.then.interval?.[1] ?? Number.NaN;
  expect(highest()).toBeGreaterThan(500);
  expect(highest(2)).toBeLessThan(200);
});

test('work that is done once for all who wait leaves them the time of one run of it', async () => {
  const crowded = (i: number) =>
    served('shop', 'POST /buy', 400 + spread(i), [select('shop', 'SELECT 1 FROM a WHERE id = 5', 2, 380)]);
  const m = await measured({ baseline: buy(20), incident: crowded });
  const cell = m.measured.telemetry?.cells.find((c) => c.kind === 'database');
  const p99 = (leavesOneRun?: true): number =>
    m.forecasting?.retime([{ cell: cell?.id ?? '', share: 1 }], {
      kind: 'scale',
      growth: [0, 0.3],
      ...(leavesOneRun ? { leavesOneRun } : {}),
    })?.then.value ?? Number.NaN;
  expect(p99(true)).toBeGreaterThanOrEqual(380);
  expect(p99()).toBeLessThan(200);
});
