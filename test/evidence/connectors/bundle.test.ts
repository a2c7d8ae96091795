import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { collect } from '../../../src/evidence/collect.js';
import { Cancelled, collectLive, UnfinishedOther } from '../../../src/evidence/connectors/live/run.js';
import { openStore, type Store, TABLE_NAMES } from '../../../src/evidence/store/index.js';
import { bundlePath, collected, entry, FROM_MS, HOUR, linesOf, optionsFor } from './collecting.js';
import { type Fake, fakeServer } from './fake.js';
import { prometheusFake } from './prometheus-fake.js';

let store: Store;
beforeAll(async () => {
  store = await openStore({});
}, 120_000);
afterAll(() => store.close());
beforeEach(async () => {
  for (const table of TABLE_NAMES) await store.command(`TRUNCATE TABLE ${table}`);
});

/** An address at which nothing listens. */
let NOWHERE = '';
beforeAll(async () => {
  const gone = await fakeServer(() => ({}));
  NOWHERE = gone.url;
  await gone.close();
});

const metric = (name: string, value: (t: number) => string) => ({
  labels: { __name__: name, job: 'cart', owner: 'jane.doe@example.com' },
  value,
});
const prometheus = (): Promise<Fake> =>
  prometheusFake({
    series: [
      metric('queue_depth', (t) => String(t % 100)),
      metric('requests_total', (t) => String(Math.round(t - FROM_MS / 1000))),
    ],
  });
const jaeger = (): Promise<Fake> =>
  fakeServer((r) =>
    r.path === '/api/v3/services'
      ? { body: { services: ['cart'] } }
      : {
          body: {
            result: {
              resourceSpans: [
                {
                  resource: { attributes: [{ key: 'service.name', value: { stringValue: 'cart' } }] },
                  scopeSpans: [
                    {
                      spans: [
                        {
                          traceId: '0'.repeat(31) + 1,
                          spanId: '0'.repeat(15) + 1,
                          name: 'GET /',
                          kind: 2,
                          startTimeUnixNano: `${FROM_MS}000000`,
                          endTimeUnixNano: `${FROM_MS + 20}000000`,
                          attributes: [{ key: 'user.email', value: { stringValue: 'jane.doe@example.com' } }],
                        },
                      ],
                    },
                  ],
                },
              ],
            },
          },
        },
  );
const read = (path: string) => collect([{ path, role: 'unspecified' }], store, { redact: true });
const rows = (sql: string) => store.query<Record<string, unknown>>(sql);

test('holds every source and window as a source of its own, redacted, with what was asked and its answer’s hash', async () => {
  const [p, j] = [await prometheus(), await jaeger()];
  const baseline = { fromMs: FROM_MS - 7_200_000, toMs: FROM_MS - 3_600_000, role: 'baseline' as const };
  const lines = await collected([entry('prometheus', p.url, { step: '60' }), entry('jaeger', j.url)], {
    windows: [baseline, { ...HOUR, role: 'incident' }],
  });
  await p.close();
  await j.close();
  expect(lines.text).not.toContain('jane.doe');
  const found = await read(lines.path);
  expect(found.sources.map((s) => [s.id, s.path.replace(/^\d+/, 'n'), s.role])).toEqual([
    ['s1', 'n.kneepoint.gz#prometheus (baseline)', 'baseline'],
    ['s2', 'n.kneepoint.gz#prometheus', 'incident'],
    ['s3', 'n.kneepoint.gz#jaeger (baseline)', 'baseline'],
    ['s4', 'n.kneepoint.gz#jaeger', 'incident'],
  ]);
  expect(found.sources[1]).toMatchObject({ format: 'Prometheus (3.5.0)', records: 120 });
  expect(found.sources[1]?.asked?.queries[0]).toMatchObject({
    records: 120,
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    query: expect.stringContaining('queue_depth'),
  });
  expect(found.redactions.some((r) => r.kind === 'email' && r.source === 's1')).toBe(true);
  const [sum] = await rows(
    `SELECT max(Value) - min(Value) AS grown, any(Attributes['owner']) AS owner FROM otel_metrics_sum WHERE KpSource = 's2'`,
  );
  expect(sum).toMatchObject({ grown: 3540, owner: expect.stringMatching(/^<email:\d+>$/) });
});

test('read twice gives the same, to the last row', async () => {
  const p = await prometheus();
  const lines = await collected(entry('prometheus', p.url, { step: '60' }));
  await p.close();
  const first = JSON.stringify(await read(lines.path));
  const one = JSON.stringify(await rows('SELECT * FROM otel_metrics_sum ORDER BY TimeUnix'));
  for (const table of TABLE_NAMES) await store.command(`TRUNCATE TABLE ${table}`);
  expect(JSON.stringify(await read(lines.path))).toBe(first);
  expect(JSON.stringify(await rows('SELECT * FROM otel_metrics_sum ORDER BY TimeUnix'))).toBe(one);
});

test('that was altered or cut is not read', async () => {
  const p = await prometheus();
  const { path } = await collected(entry('prometheus', p.url));
  await p.close();
  const text = gunzipSync(readFileSync(path)).toString('utf8');
  writeFileSync(path, gzipSync(text.replace('"queue_depth"', '"queue_width"')));
  const altered = await read(path);
  expect(altered.sources).toEqual([]);
  expect(altered.problems[0]).toMatchObject({
    severity: 'error',
    what: expect.stringMatching(/does not fit its checksum/),
  });
  writeFileSync(path, gzipSync(text.slice(0, text.lastIndexOf('{"checksum"'))));
  expect((await read(path)).problems[0]?.what).toMatch(/without its checksum/);
});

test('of a source that fails has a named gap, and all of the others', async () => {
  const p = await prometheus();
  const lines = await collected([entry('jaeger', NOWHERE), entry('prometheus', p.url, { step: '60' })]);
  await p.close();
  const found = await read(lines.path);
  expect(found.problems).toEqual([
    {
      severity: 'warning',
      what: 'Jaeger gave nothing: it could not be reached (ECONNREFUSED).',
      where: expect.stringMatching(/#jaeger$/),
      todo: expect.stringMatching(/reachable/),
    },
  ]);
  expect(found.sources.map((s) => s.records)).toEqual([0, 120]);
});

test('of a run that was cancelled is not there; the next run goes on, and counts nothing twice', async () => {
  const stop = new AbortController();
  let ranges = 0;
  const p = await prometheusFake({
    series: Array.from({ length: 400 }, (_, i) =>
      metric(`m${String(i).padStart(3, '0')}`, (t) => String(t % 7)),
    ),
    first: (r) => {
      if (r.path === '/api/v1/query_range' && ++ranges === 6) stop.abort();
      return undefined;
    },
  });
  const day = { fromMs: FROM_MS - 86_400_000, toMs: FROM_MS, role: 'unspecified' as const };
  const entries = [entry('prometheus', p.url, { step: '600' })];
  const bundle = bundlePath();
  await expect(
    collectLive({ ...optionsFor(entries, { bundle, windows: [day], signal: stop.signal, redact: false }) }),
  ).rejects.toBeInstanceOf(Cancelled);
  expect(existsSync(bundle)).toBe(false);
  const parts = readdirSync(`${bundle}.parts`);
  expect(parts).toEqual(['00-prometheus-0.ndjson', 'state.json']);
  // A kill in the middle of a line leaves a half of it behind.
  const part = join(`${bundle}.parts`, '00-prometheus-0.ndjson');
  writeFileSync(part, `${readFileSync(part, 'utf8')}{"series":[["gauge"],[0,0,"m99","",""`);
  const before = ranges;
  await collectLive(optionsFor(entries, { bundle, windows: [day], redact: false }));
  await p.close();
  const whole = await (async () => {
    const again = await prometheusFake({
      series: Array.from({ length: 400 }, (_, i) =>
        metric(`m${String(i).padStart(3, '0')}`, (t) => String(t % 7)),
      ),
    });
    const lines = await collected([entry('prometheus', again.url, { step: '600' })], {
      windows: [day],
      redact: false,
    });
    await again.close();
    return lines;
  })();
  const resumed = linesOf(bundle);
  expect(resumed.queries).toEqual(whole.queries);
  expect(resumed.of('series')).toEqual(whole.of('series'));
  expect(ranges - before).toBeLessThan(whole.queries.length);
  expect(existsSync(`${bundle}.parts`)).toBe(false);
});

test('is not mixed with an unfinished one of other sources', async () => {
  const stop = new AbortController();
  stop.abort();
  const bundle = bundlePath();
  await expect(
    collectLive(optionsFor([entry('jaeger', NOWHERE)], { bundle, signal: stop.signal })),
  ).rejects.toBeInstanceOf(Cancelled);
  await expect(collectLive(optionsFor([entry('tempo', NOWHERE)], { bundle }))).rejects.toBeInstanceOf(
    UnfinishedOther,
  );
});

test('with records of every kind gives them back as they were', async () => {
  const { createSpoolSink } = await import('../../../src/evidence/connectors/bundle/spool-sink.js');
  const { createReplay } = await import('../../../src/evidence/connectors/bundle/replay.js');
  const { keepEverything } = await import('../../../src/evidence/redact/index.js');
  const first = createSpoolSink(keepEverything);
  const { sink } = first;
  const resource = { service: 's', attributes: sink.map([['a', '1']]), schemaUrl: 'u' };
  const scope = { name: 'n', version: 'v', attributes: sink.map([]), schemaUrl: '', droppedAttributes: 2 };
  const of = { resource, scope, name: 'm', description: 'd', unit: 's' };
  const exemplar = { attributes: sink.map([['x', 'y']]), timeNs: 5n, value: 1, spanId: 'b', traceId: 'a' };
  const point = {
    attributes: sink.map([['k', 'v']]),
    startNs: 1n,
    timeNs: 1_795_711_142_605_000_001n,
    flags: 0,
    exemplars: [exemplar],
  };
  sink.gauge(of, { ...point, value: 1.5 }, 0);
  sink.sum(of, { ...point, exemplars: [], value: 2 }, 1, true, 0);
  sink.sum(of, { ...point, exemplars: [], value: 3, timeNs: point.timeNs + 7n }, 1, true, 0);
  sink.histogram(
    of,
    {
      ...point,
      count: 3,
      sum: 4,
      bucketCounts: [1, 2],
      explicitBounds: [0.5],
      min: 0,
      max: 9,
      temporality: 2,
    },
    0,
  );
  sink.exponentialHistogram(
    of,
    {
      ...point,
      count: 3,
      sum: 4,
      scale: 2,
      zeroCount: 1,
      positive: { offset: -1, bucketCounts: [1] },
      negative: { offset: 0, bucketCounts: [] },
      min: 0,
      max: 1,
      temporality: 1,
    },
    0,
  );
  sink.summary(of, { ...point, count: 3, sum: 4, quantiles: [{ quantile: 0.5, value: 2 }] }, 0);
  sink.span(
    {
      resource,
      scope,
      traceId: 't',
      spanId: 's',
      parentSpanId: 'p',
      traceState: 'x',
      name: 'n',
      kind: 'Server',
      startNs: 1n,
      endNs: 2n,
      attributes: sink.map([]),
      status: 'Error',
      statusMessage: 'm',
      events: [{ timeNs: 3n, name: 'e', attributes: sink.map([['q', 'w']]) }],
      links: [{ traceId: 'a', spanId: 'b', traceState: '', attributes: sink.map([]) }],
    },
    0,
  );
  sink.log(
    {
      resource,
      scope,
      timeNs: 4n,
      traceId: 't',
      spanId: 's',
      traceFlags: 1,
      severityText: 'WARN',
      severityNumber: 13,
      body: 'b',
      attributes: sink.map([]),
      eventName: 'e',
    },
    0,
  );
  sink.change(
    {
      timeNs: undefined,
      kind: 'flag',
      service: 's',
      name: 'n',
      summary: 'x',
      revision: 'r',
      version: 'v',
      author: 'a',
      files: ['f'],
      diff: '+1\n-2',
    },
    0,
  );
  sink.alert(
    {
      timeNs: 6n,
      service: 's',
      name: 'n',
      metric: 'm',
      threshold: 1,
      observed: null,
      severity: 'page',
      summary: 'x',
    },
    0,
  );
  sink.plan('{"Plan":{}}', 0);
  sink.flaw('no-time', 0);
  const { lines, records } = first.take();
  const second = createSpoolSink(keepEverything);
  const replay = createReplay(second.sink);
  lines.forEach((l, i) => {
    const [key, value] = Object.entries(JSON.parse(l))[0] ?? ['', undefined];
    expect(replay.line(key, value, i)).toBe(true);
  });
  expect(second.take()).toEqual({ lines, records });
  expect(replay.line('span', ['not', 'a', 'span'], 1)).toBe(false);
  expect(replay.line('unheard', {}, 1)).toBe(false);
});

test('of changes is asked once over both windows and the time between, with the day before', async () => {
  const seen: string[] = [];
  const grafana = await fakeServer((r) => {
    if (r.parameters.has('from')) seen.push(`${r.parameters.get('from')} ${r.parameters.get('to')}`);
    return {
      body:
        r.path === '/api/health' ? { version: '12' } : [{ id: 1, time: FROM_MS, text: 'deploy', tags: [] }],
    };
  });
  const baseline = { fromMs: FROM_MS - 7_200_000, toMs: FROM_MS - 3_600_000, role: 'baseline' as const };
  const lines = await collected(entry('grafana', grafana.url), {
    windows: [baseline, { ...HOUR, role: 'incident' }],
  });
  await grafana.close();
  expect(seen).toEqual([`${baseline.fromMs - 86_400_000} ${HOUR.toMs}`]);
  expect(lines.of('change')).toHaveLength(1);
  expect(lines.of('section')).toMatchObject([{ role: 'unspecified' }]);
});
