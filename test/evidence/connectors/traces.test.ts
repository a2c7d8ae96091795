import { describe, expect, test } from 'vitest';
import { collected, entry, FROM_MS, HOUR, seriesIn } from './collecting.js';
import { fakeForEachTest, type Reply, type Seen } from './fake.js';

const { close, seen, start } = fakeForEachTest();
const spanOf = (trace: string, span = '00000000000000aa') => ({
  traceId: trace,
  spanId: span,
  name: 'GET /',
  kind: 2,
  startTimeUnixNano: `${FROM_MS}000000`,
  endTimeUnixNano: `${FROM_MS + 5}000000`,
});
const group = (service: string, ...traces: string[]) => ({
  resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] },
  scopeSpans: [{ scope: {}, spans: traces.map((t) => spanOf(t)) }],
});
const T1 = '1'.padStart(32, '0');
const T2 = '2'.padStart(32, '0');
const tracesIn = (lines: { of(key: string): unknown[] }): unknown[] =>
  lines.of('span').map((s) => (s as unknown[])[2]);

describe('Jaeger', () => {
  const v3 =
    (traces: (service: string) => unknown[], snake = false) =>
    (r: Seen): Reply => {
      if (r.path === '/api/v3/services') return { body: { services: ['cart', 'tax'] } };
      if (r.path !== '/api/v3/traces') return { status: 404, body: 'not found' };
      const name = (camel: string, old: string): string => `query.${snake ? old : camel}`;
      const [min, max] = [name('startTimeMin', 'start_time_min'), name('startTimeMax', 'start_time_max')].map(
        (k) => r.parameters.get(k),
      );
      if (!min || !max || Number.isNaN(Date.parse(min)))
        return {
          status: 400,
          body: {
            error: {
              httpCode: 400,
              message: `malformed parameter ${name('startTimeMin', 'start_time_min')}: required`,
            },
          },
        };
      const groups = traces(r.parameters.get(name('serviceName', 'service_name')) ?? '');
      return groups.length === 0
        ? { status: 404, body: { error: { httpCode: 404, message: 'No traces found' } } }
        : { body: { result: { resourceSpans: groups } } };
    };

  test('is asked by API v3: camelCase, both times, and a 404 is none', async () => {
    const url = await start(v3((s) => (s === 'cart' ? [group('cart', T1)] : [])));
    const lines = await collected(entry('jaeger', url));
    expect(tracesIn(lines)).toEqual([T1]);
    expect(lines.gaps).toEqual([]);
  });

  test('gives a trace once, although searches for several services and times find it', async () => {
    const url = await start(v3((s) => [group(s, T1), group(s, T2)]));
    expect(tracesIn(await collected(entry('jaeger', url)))).toEqual([T1, T2]);
  });

  test('of before is asked with the names of before', async () => {
    const url = await start(v3(() => [group('cart', T1)], true));
    expect(tracesIn(await collected(entry('jaeger', url)))).toEqual([T1]);
    expect(seen().some((s) => s.parameters.has('query.num_traces'))).toBe(true);
  });

  test('streams objects one after the other', async () => {
    const base = v3(() => [group('cart', T1)]);
    const url = await start((r) => {
      const reply = base(r);
      return r.path === '/api/v3/traces' && !reply.status
        ? {
            body: [T1, T2]
              .map((t) => JSON.stringify({ result: { resourceSpans: [group('cart', t)] } }))
              .join('\n'),
            headers: { 'content-type': 'application/json' },
          }
        : reply;
    });
    expect(tracesIn(await collected(entry('jaeger', url)))).toEqual([T1, T2]);
  });

  test('without API v3 is asked by v1, in microseconds', async () => {
    const url = await start((r) => {
      if (r.path === '/api/services') return { body: { data: ['cart'], total: 1, errors: null } };
      if (r.path !== '/api/traces') return { status: 404, body: '404 page not found' };
      if ((r.parameters.get('start') ?? '').length !== 16)
        return { status: 400, body: { errors: [{ code: 400, msg: 'start' }] } };
      return {
        body: {
          data: [
            {
              traceID: T1,
              spans: [
                {
                  traceID: T1,
                  spanID: 'aa',
                  operationName: 'GET /',
                  references: [],
                  startTime: FROM_MS * 1000,
                  duration: 123,
                  tags: [{ key: 'span.kind', type: 'string', value: 'server' }],
                  logs: [],
                  processID: 'p1',
                },
              ],
              processes: { p1: { serviceName: 'cart', tags: [] } },
            },
          ],
        },
      };
    });
    const lines = await collected(entry('jaeger', url));
    expect(lines.of('span')[0]).toEqual([
      0,
      0,
      T1,
      'aa',
      '',
      '',
      'GET /',
      'Server',
      `${FROM_MS}000000`,
      `${FROM_MS}123000`,
      [],
      'Unset',
      '',
      [],
      [],
    ]);
  });

  test('with no trace says so', async () => {
    const url = await start(v3(() => []));
    expect((await collected(entry('jaeger', url))).gaps).toEqual(['Jaeger has no trace in this window.']);
  });
});

describe('Tempo', () => {
  const tempo =
    (over: (r: Seen) => Reply | undefined = () => undefined) =>
    (r: Seen): Reply => {
      const early = over(r);
      if (early) return early;
      if (r.path === '/api/status/buildinfo') return { body: { version: '2.8.0' } };
      if (r.path === '/api/search') {
        const [from, to] = ['start', 'end'].map((k) => Number(r.parameters.get(k)));
        if (!from || !to || from >= to || !Number.isInteger(from))
          return { status: 400, body: 'invalid start/end' };
        return {
          body: {
            traces:
              from <= FROM_MS / 1000
                ? [
                    {
                      traceID: '1',
                      rootServiceName: 'cart',
                      startTimeUnixNano: `${FROM_MS}000000`,
                      durationMs: 5,
                    },
                  ]
                : [],
            metrics: {},
          },
        };
      }
      if (r.path === `/api/v2/traces/${T1}`)
        return {
          body: {
            trace: { resourceSpans: [group('cart', Buffer.from(T1, 'hex').toString('base64'))] },
            status: 'COMPLETE',
          },
        };
      if (r.path === '/api/metrics/query_range')
        return {
          body: {
            series: [
              {
                labels: [
                  { key: 'resource.service.name', value: { stringValue: 'cart' } },
                  { key: 'p', value: { doubleValue: 0.99 } },
                ],
                samples: [
                  { timestampMs: String(FROM_MS), value: 1.8 },
                  { timestampMs: String(FROM_MS + 1000) },
                ],
              },
            ],
          },
        };
      return { status: 404, body: 'not found' };
    };

  test('gives traces by id, padded, with ids as base64, and quantiles of all spans', async () => {
    const url = await start(tempo());
    const lines = await collected(entry('tempo', url));
    expect(tracesIn(lines)).toEqual([T1]);
    expect(seriesIn(lines).map((s) => [s.name, s.unit, s.values])).toContainEqual([
      'latency_p99',
      's',
      [1.8],
    ]);
  });

  test('of before 2.6 gives traces by v1, whose list is called batches', async () => {
    const url = await start(
      tempo((r) =>
        r.path.startsWith('/api/v2/traces')
          ? { status: 404, body: '404' }
          : r.path === `/api/traces/${T1}`
            ? { body: { batches: [group('cart', T1)] } }
            : undefined,
      ),
    );
    expect(tracesIn(await collected(entry('tempo', url)))).toEqual([T1]);
  });

  test('without metrics of spans says so once, and gives the traces', async () => {
    const url = await start(
      tempo((r) =>
        r.path === '/api/metrics/query_range'
          ? { status: 400, body: 'generator is not configured' }
          : undefined,
      ),
    );
    const lines = await collected(entry('tempo', url));
    expect(tracesIn(lines)).toEqual([T1]);
    expect(new Set(lines.gaps)).toEqual(
      new Set(['Tempo does not compute metrics from spans (it answered 400).']),
    );
  });

  test('is asked as the tenant that the source names', async () => {
    const url = await start(
      tempo((r) => (r.headers['x-scope-orgid'] === 'shop' ? undefined : { status: 401, body: 'no org id' })),
    );
    expect(tracesIn(await collected(entry('tempo', url, { tenant: 'shop' })))).toEqual([T1]);
  });
});

describe('Pyroscope', () => {
  const CPU = 'process_cpu:cpu:nanoseconds:cpu:nanoseconds';
  const pyroscope = (r: Seen): Reply => {
    if (r.method !== 'POST') return { status: 405, body: '' };
    if (r.headers['content-type'] !== 'application/json') return { status: 415, body: '' };
    if (r.path.endsWith('/ProfileTypes'))
      return {
        body: {
          profileTypes: [
            { ID: CPU, name: 'process_cpu', sampleType: 'cpu', sampleUnit: 'nanoseconds' },
            { ID: 'other:x:y:z:w' },
          ],
        },
      };
    if (r.path.endsWith('/LabelValues')) return { body: { names: ['cart'] } };
    const body = r.json() as Record<string, string>;
    if (!body.profileTypeID || !body.labelSelector || body.start?.length !== 13)
      return { status: 400, body: { code: 'invalid_argument', message: 'missing profile type' } };
    // Two bars beside each other under the whole: the second begins 0 after the end of the first.
    return {
      body: {
        flamegraph: {
          names: ['total', 'serve', 'parse', 'render'],
          levels: [
            { values: ['0', '100', '0', '0'] },
            { values: ['0', '90', '0', '1'] },
            { values: ['10', '30', '30', '2', '5', '45', '45', '3'] },
          ],
          total: '100',
          maxSelf: '45',
        },
      },
    };
  };
  type Line = {
    frames: string[][];
    parent: number[];
    frame: number[];
    values: number[][];
    sampleTypes: unknown[];
    labels: unknown[];
    durationNs: number;
  };

  test('is asked by Connect, in JSON; its bars are delta-encoded', async () => {
    const url = await start(pyroscope);
    const lines = await collected(entry('pyroscope', url));
    const [profile] = lines.of('profile') as Line[];
    expect(profile?.sampleTypes).toEqual([{ name: 'cpu', unit: 'nanoseconds' }]);
    const byName = new Map(
      profile?.frame.map((f, i) => [f < 0 ? '' : profile.frames[f]?.[0], profile.values[0]?.[i]]),
    );
    expect([byName.get('parse'), byName.get('render')]).toEqual([30, 45]);
    const nodeOf = (name: string): number =>
      profile?.frame.findIndex((f) => profile.frames[f]?.[0] === name) ?? -1;
    expect(profile?.parent[nodeOf('render')]).toBe(nodeOf('serve'));
    expect(profile).toMatchObject({ durationNs: 3.6e12, labels: [{ key: 'service_name', value: 'cart' }] });
    expect(lines.queries).toHaveLength(1);
  });

  /** Left 100 before, right 200 after; `fresh` is only after, `gone` only before. */
  const COMPARED = [
    ['0', '100', '0', '0', '200', '0', '0'],
    [
      '0',
      '60',
      '60',
      '0',
      '60',
      '60',
      '1',
      '0',
      '0',
      '0',
      '0',
      '140',
      '140',
      '2',
      '0',
      '40',
      '40',
      '0',
      '0',
      '0',
      '3',
    ],
  ];
  const windows = [
    { ...HOUR, role: 'baseline' as const, fromMs: HOUR.fromMs - 86_400_000, toMs: HOUR.toMs - 86_400_000 },
    { ...HOUR, role: 'incident' as const },
  ];
  const weights = (line: Line | undefined): Record<string, number | undefined> =>
    Object.fromEntries(
      (line?.frame ?? []).flatMap((f, i) =>
        f < 0 ? [] : [[line?.frames[f]?.[0] ?? '', line?.values[0]?.[i]]],
      ),
    );

  test('with a baseline both times come from one comparison, each its own side', async () => {
    const url = await start((r) => {
      if (!r.path.endsWith('/Diff')) return pyroscope(r);
      const { left, right } = r.json() as Record<string, Record<string, string>>;
      if (!left?.profileTypeID || !right?.profileTypeID || Number(left.start) >= Number(right.start))
        return { status: 400, body: { code: 'invalid_argument', message: 'left and right' } };
      return {
        body: {
          flamegraph: {
            names: ['total', 'serve', 'fresh', 'gone'],
            levels: COMPARED.map((values) => ({ values })),
            total: '300',
            maxSelf: '140',
            leftTicks: '100',
            rightTicks: '200',
          },
        },
      };
    });
    const lines = await collected(entry('pyroscope', url), { windows });
    const [before, after] = lines.of('profile') as Line[];
    expect(weights(before)).toEqual({ serve: 60, gone: 40 });
    expect(weights(after)).toEqual({ serve: 60, fresh: 140 });
    expect(seen().some((s) => s.path.endsWith('/SelectMergeStacktraces'))).toBe(false);
  });

  test('that cannot compare is asked for each time alone', async () => {
    const url = await start((r) =>
      r.path.endsWith('/Diff') ? { status: 404, body: '404 page not found' } : pyroscope(r),
    );
    const lines = await collected(entry('pyroscope', url), { windows });
    expect(lines.gaps).toEqual([]);
    expect(lines.of('profile')).toHaveLength(2);
  });

  test('of before 1.0 compares by render-diff', async () => {
    const url = await start((r) => {
      if (r.path.startsWith('/querier')) return { status: 404, body: '' };
      if (r.path === '/label-values') return { body: ['cart.cpu'] };
      if (r.path !== '/render-diff') return { status: 400, body: 'not asked' };
      for (const side of ['left', 'right'])
        if (r.parameters.get(`${side}Query`) !== 'cart.cpu{}' || !r.parameters.get(`${side}Until`))
          return { status: 400, body: side };
      return {
        body: {
          flamebearer: {
            names: ['total', 'serve', 'fresh', 'gone'],
            levels: COMPARED.map((values) => values.map(Number)),
            numTicks: 300,
            maxSelf: 140,
          },
          metadata: { format: 'double', spyName: 'gospy', sampleRate: 100, units: 'samples' },
          leftTicks: 100,
          rightTicks: 200,
        },
      };
    });
    const [before, after] = (await collected(entry('pyroscope', url), { windows })).of('profile') as Line[];
    expect(weights(before)).toEqual({ serve: 60, gone: 40 });
    expect(weights(after)).toEqual({ serve: 60, fresh: 140 });
  });

  test('of before 1.0 is asked by its render API', async () => {
    const url = await start((r) => {
      if (r.path.startsWith('/querier')) return { status: 404, body: '' };
      if (r.path === '/label-values') return { body: ['cart.cpu'] };
      if (r.path !== '/render' || r.parameters.get('format') !== 'json')
        return { status: 400, body: 'format' };
      return {
        body: {
          flamebearer: {
            names: ['total', 'serve'],
            levels: [
              [0, 10, 0, 0],
              [0, 10, 10, 1],
            ],
            numTicks: 10,
            maxSelf: 10,
          },
          metadata: { format: 'single', spyName: 'gospy', sampleRate: 100, units: 'samples' },
        },
      };
    });
    const [profile] = (await collected(entry('pyroscope', url))).of('profile') as (Line & {
      runtime: string;
    })[];
    expect(profile?.runtime).toBe('go');
    expect(profile?.sampleTypes).toEqual([{ name: 'samples', unit: 'count' }]);
  });
});

describe('Loki', () => {
  const line = (ms: number, text: string): [string, string] => [`${ms}000000`, text];
  const loki =
    (all: [string, string][], limit = 5000) =>
    (r: Seen): Reply => {
      if (r.path.endsWith('/buildinfo')) return { body: { version: '3.5.0' } };
      if (r.path.endsWith('/labels'))
        return { body: { status: 'success', data: ['namespace', 'service_name'] } };
      const [start, end] = ['start', 'end'].map((k) => BigInt(r.parameters.get(k) ?? 0));
      const asked = Number(r.parameters.get('limit'));
      if (asked > limit)
        return {
          status: 400,
          body: `max entries limit per query exceeded, limit > max_entries_limit (${asked} > ${limit})`,
        };
      if (r.parameters.get('query') !== '{service_name=~".+"}')
        return { status: 400, body: 'parse error at line 1, col 1: syntax error: unexpected IDENTIFIER' };
      const values = all
        .filter(([ns]) => BigInt(ns) >= (start ?? 0n) && BigInt(ns) < (end ?? 0n))
        .slice(0, asked);
      return {
        body: {
          status: 'success',
          data: {
            resultType: 'streams',
            result: [{ stream: { service_name: 'cart', detected_level: 'warn' }, values }],
          },
        },
      };
    };
  const bodies = (lines: { of(key: string): unknown[] }): unknown[] =>
    lines.of('log').map((l) => (l as unknown[])[8]);

  test('is paged by time; lines of one moment that a page cuts come once', async () => {
    const all = Array.from({ length: 12 }, (_, i) => line(FROM_MS + Math.floor(i / 4), `line ${i}`));
    const url = await start(loki(all));
    const lines = await collected(entry('loki', url, { lines: String(20 * 100) }));
    expect(bodies(lines)).toEqual(all.map(([, text]) => text));
    await close();
    const again = await start(loki(all, 3));
    // A page of three lines is within the limit; four lines share a moment.
    const cut = await collected(entry('loki', again, { lines: '60' }));
    expect(new Set(bodies(cut)).size).toBe(bodies(cut).length);
  });

  test('lines that are JSON are taken apart; the level of the store comes first', async () => {
    const url = await start(
      loki([
        line(FROM_MS, '{"level":"error","msg":"no stock","trace_id":"abc","sku":7}'),
        line(FROM_MS + 1, 'plain'),
      ]),
    );
    const [first, second] = (await collected(entry('loki', url))).of('log') as unknown[][];
    expect([first?.[8], first?.[3], first?.[6], first?.[7]]).toEqual(['no stock', 'abc', 'warn', 13]);
    expect(first?.[9]).toContain('sku');
    expect(second?.[8]).toBe('plain');
  });

  test('says how much of a busy window was taken', async () => {
    const all = Array.from({ length: 400 }, (_, i) => line(FROM_MS + i * 9000, `line ${i}`));
    const url = await start(loki(all));
    const lines = await collected(entry('loki', url, { lines: '100' }));
    expect(bodies(lines)).toHaveLength(100);
    expect(lines.gaps).toEqual([
      '20 of 20 slices of the window had more than 5 lines; the first of each were taken.',
    ]);
    expect(HOUR.role).toBe('unspecified');
  });
});
