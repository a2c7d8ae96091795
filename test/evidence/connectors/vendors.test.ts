import { describe, expect, test } from 'vitest';
import {
  bucketsOf,
  historyOf,
  idOf,
  scalarsOf,
  seriesOfV1,
  seriesOfV2,
} from '../../../src/evidence/connectors/datadog/answers.js';
import { scaleOf } from '../../../src/evidence/connectors/datadog/units.js';
import { collected, entry, FROM_MS, seriesIn } from './collecting.js';
import { fakeForEachTest, type Reply, type Seen } from './fake.js';

const { seen, start } = fakeForEachTest();
const at = (path: string): Seen[] => seen().filter((s) => s.path === path);

describe('Datadog', () => {
  const ENVIRONMENT = { DD_API_KEY: 'key', DD_APP_KEY: 'app' };
  const event = (n: number) => ({
    id: `e${n}`,
    type: 'spans',
    attributes: {
      custom: { duration: 990_123, span: { kind: 'server' } },
      start_timestamp: '2026-05-01T12:00:00.655Z',
      end_timestamp: '2026-05-01T12:00:00.655Z',
      parent_id: '448280336884642854',
      span_id: '7127979198849133880',
      trace_id: '1280351704974743642',
      service: 'cart',
      resource_name: 'GET /cart',
      type: 'web',
    },
  });
  /** As strict as the API: both keys, types of requests, times in milliseconds, from before to. */
  const datadog =
    (over: (r: Seen) => Reply | undefined = () => undefined) =>
    (r: Seen): Reply => {
      const json = (status: number, body: unknown): Reply => ({ status, body });
      if (
        r.headers['dd-api-key'] !== 'key' ||
        (r.path !== '/api/v1/validate' && r.headers['dd-application-key'] !== 'app')
      )
        return json(403, { errors: ['Forbidden'] });
      const early = over(r);
      if (early) return early;
      if (r.path === '/api/v1/validate') return json(200, { valid: true });
      if (r.method === 'POST' && r.headers['content-type'] !== 'application/json')
        return json(415, { errors: ['Unsupported Media Type'] });
      const body =
        r.method === 'POST'
          ? (r.json() as {
              data?: { type: string; attributes: { from?: number; filter?: { from: string; to: string } } };
              filter?: unknown;
            })
          : {};
      const attributes: { from?: number; filter?: { from: string; to: string } } =
        body.data?.attributes ?? {};
      switch (r.path) {
        case '/api/v2/spans/events/search': {
          if (body.data?.type !== 'search_request')
            return json(400, { errors: ['Invalid type. Expected "search_request".'] });
          if (Date.parse(attributes.filter?.from ?? '') >= Date.parse(attributes.filter?.to ?? ''))
            return json(422, {
              errors: [
                { title: 'Generic Error', detail: "invalid_argument('from' should be anterior to 'to')" },
              ],
            });
          return json(200, { data: [] });
        }
        case '/api/v2/spans/analytics/aggregate':
          return body.data?.type === 'aggregate_request'
            ? json(200, { data: [], meta: { status: 'done' } })
            : json(400, { errors: ['type'] });
        case '/api/v2/query/timeseries': {
          if (body.data?.type !== 'timeseries_request')
            return json(400, {
              errors: ['API input validation failed: Invalid type. Expected "timeseries_request".'],
            });
          if (String(attributes.from).length !== 13)
            return json(400, { errors: ['from must be in milliseconds'] });
          return json(200, {
            data: {
              id: '0',
              type: 'timeseries_response',
              attributes: {
                series: [{ group_tags: ['host:a'], query_index: 0, unit: null }],
                times: [FROM_MS, FROM_MS + 60_000],
                values: [[25, null]],
              },
            },
          });
        }
        case '/api/v1/slo':
          return json(200, { data: [{ id: 'x1' }] });
        case '/api/v1/slo/x1/history':
          return json(200, {
            data: {
              to_ts: 1,
              slo: { name: 'Checkout', target_threshold: 99 },
              overall: {
                sli_value: null,
                errors: [
                  { error_type: 'ZERO_VALUED_DENOMINATOR', error_message: 'The denominator is zero valued' },
                ],
              },
            },
            errors: null,
          });
        case '/api/v2/events/search':
          return json(200, { data: [] });
        default:
          return json(404, { errors: ['Not found'] });
      }
    };

  test('pages of spans are followed by their cursor, through an empty page, to the page without one', async () => {
    let page = 0;
    const url = await start(
      datadog((r) => {
        if (r.path !== '/api/v2/spans/events/search') return undefined;
        const { data } = r.json() as {
          data: { attributes: { page: { cursor?: string; limit: number }; filter: { from: string } } };
        };
        if (!data.attributes.filter.from.startsWith('2026-05-01T12:00:00')) return { body: { data: [] } };
        page++;
        if (page === 1) return { body: { data: [event(1), event(2)], meta: { page: { after: 'next-1' } } } };
        if (page === 2)
          return data.attributes.page.cursor === 'next-1'
            ? { body: { data: [], meta: { page: { after: 'next-2' } } } }
            : { status: 400, body: { errors: ['bad cursor'] } };
        return data.attributes.page.cursor === 'next-2'
          ? { body: { data: [event(3)] } }
          : { status: 400, body: { errors: ['bad cursor'] } };
      }),
    );
    const lines = await collected(entry('datadog', url), { environment: ENVIRONMENT });
    expect(page).toBe(3);
    const spans = lines.of('span') as unknown[][];
    expect(spans).toHaveLength(3);
    // Decimal ids become hex, a duration in nanoseconds is not lost in a time of milliseconds.
    expect(spans[0]?.slice(2, 5)).toEqual([
      `0000000000000000${1280351704974743642n.toString(16).padStart(16, '0')}`,
      7127979198849133880n.toString(16).padStart(16, '0'),
      448280336884642854n.toString(16).padStart(16, '0'),
    ]);
    expect(BigInt(String(spans[0]?.[9])) - BigInt(String(spans[0]?.[8]))).toBe(990_123n);
    expect(spans[0]?.[7]).toBe('Server');
  });

  test('a wrong key is named as one; a right that is missing costs its part alone', async () => {
    const url = await start(
      datadog((r) =>
        r.path === '/api/v2/spans/events/search'
          ? { status: 403, body: { errors: ['Forbidden', 'Failed permission authorization checks'] } }
          : undefined,
      ),
    );
    const wrong = await collected(entry('datadog', url), {
      environment: { DD_API_KEY: 'other', DD_APP_KEY: 'app' },
    });
    expect(wrong.gaps).toEqual(['Datadog gave nothing: it answered 403: Forbidden.']);
    const lines = await collected(entry('datadog', url), { environment: ENVIRONMENT });
    expect(lines.gaps).toContain(
      'Datadog gives no spans: it answered 403: Forbidden; Failed permission authorization checks.',
    );
    expect(seriesIn(lines).map((s) => [s.name, s.values])).toContainEqual(['system.cpu.utilization', [0.75]]);
    expect(lines.gaps).toContain('Objective Checkout has no value: The denominator is zero valued.');
  });

  test('a 422 is told in the words of its body, whose errors are objects and no texts', async () => {
    const url = await start(
      datadog((r) =>
        r.path === '/api/v2/spans/analytics/aggregate'
          ? {
              status: 422,
              body: { errors: [{ title: 'Generic Error', detail: 'invalid_argument(Field filter)' }] },
            }
          : undefined,
      ),
    );
    const lines = await collected(entry('datadog', url), { environment: ENVIRONMENT });
    expect(lines.gaps.find((g) => g.includes('422'))).toMatch(
      /it answered 422: invalid_argument\(Field filter\); Generic Error/,
    );
  });

  test('a 429 with an empty body is waited out', async () => {
    let left = 2;
    const url = await start(
      datadog((r) =>
        r.path === '/api/v2/query/timeseries' && left-- > 0
          ? {
              status: 429,
              headers: {
                'x-ratelimit-limit': '300',
                'x-ratelimit-remaining': '0',
                'x-ratelimit-reset': '5',
                'x-ratelimit-period': '3600',
              },
            }
          : undefined,
      ),
    );
    const lines = await collected(entry('datadog', url), { environment: ENVIRONMENT });
    expect(lines.gaps.some((g) => g.includes('429'))).toBe(false);
    expect(at('/api/v2/query/timeseries').length).toBeGreaterThan(2);
  });

  test('metrics come by v1, in seconds, where v2 is not there', async () => {
    const url = await start(
      datadog((r) => {
        if (r.path === '/api/v2/query/timeseries') return { status: 404, body: { errors: ['Not found'] } };
        if (r.path !== '/api/v1/query') return undefined;
        if (r.parameters.get('from')?.length !== 10) return { status: 400, body: { errors: ['from'] } };
        return {
          body: {
            status: 'ok',
            series: [
              {
                metric: 'system.cpu.idle',
                scope: 'host:a',
                tag_set: [],
                pointlist: [
                  [FROM_MS, 40],
                  [FROM_MS + 1000, null],
                ],
                unit: null,
              },
            ],
          },
        };
      }),
    );
    const lines = await collected(entry('datadog', url), { environment: ENVIRONMENT });
    expect(seriesIn(lines).map((s) => [s.name, s.values])).toContainEqual(['system.cpu.utilization', [0.6]]);
  });

  test('times come in seconds whatever unit they are stored in; µs are told by the unit', () => {
    const unit = (name: string, scale_factor: number) => [{ family: 'time', name, scale_factor }, null];
    expect(scaleOf(unit('microsecond', 1e-6))).toEqual({ factor: 1e-6, unit: 's' });
    expect(scaleOf(unit('nanosecond', 1e-9))).toEqual({ factor: 1e-9, unit: 's' });
    expect(scaleOf([{ family: 'bytes', name: 'kibibyte', scale_factor: 1024 }, null])).toEqual({
      factor: 1024,
      unit: 'By',
    });
    expect(scaleOf(null)).toEqual({ factor: 1, unit: '' });
    const series = seriesOfV2(
      {
        data: {
          attributes: {
            series: [
              { group_tags: ['service:cart', 'env:prod'], query_index: 0, unit: unit('microsecond', 1e-6) },
            ],
            times: [1, 2],
            values: [[1800, null]],
          },
        },
      },
      ['m'],
    );
    expect(series).toEqual([
      { service: 'cart', name: 'm', unit: 's', attributes: [['env', 'prod']], points: [[1, 0.0018]] },
    ]);
  });

  test('answers of every kind are read, empty ones too', () => {
    expect(seriesOfV1({ status: 'ok', series: [] })).toEqual([]);
    expect(() => seriesOfV1({ status: 'error', error: 'Invalid query' })).toThrow(/Invalid query/);
    expect(
      scalarsOf({
        data: { attributes: { columns: [{ name: 'a', values: [], type: 'number', meta: { unit: null } }] } },
      }),
    ).toEqual([]);
    expect(
      scalarsOf({
        data: {
          attributes: {
            columns: [
              { name: 'service', type: 'group', values: [['cart'], ['tax']] },
              {
                name: 'a',
                type: 'number',
                values: [1, 2],
                meta: { unit: [{ family: 'time', name: 'millisecond', scale_factor: 0.001 }, null] },
              },
            ],
          },
        },
      }),
    ).toEqual([
      { groups: [['service', 'cart']], name: 'a', value: 0.001, unit: 's' },
      { groups: [['service', 'tax']], name: 'a', value: 0.002, unit: 's' },
    ]);
    expect(
      bucketsOf({
        data: [
          {
            attributes: {
              by: { service: 'cart' },
              compute: { c0: [{ time: '2026-05-01T12:00:00.000Z', value: 7 }] },
            },
          },
        ],
      })[0]?.computes.get('c0'),
    ).toEqual([[FROM_MS, 7]]);
    expect(
      historyOf({
        data: { to_ts: 5, overall: { sli_value: 99.5 }, slo: { name: 'x', target_threshold: 99 } },
      }),
    ).toMatchObject({ sli: 99.5, target: 99, toMs: 5000 });
    expect(() => bucketsOf({ errors: ['x'] })).toThrow();
    expect([idOf('0', 16), idOf(255, 16), idOf('a'.repeat(32), 32), idOf(undefined, 16)]).toEqual([
      '',
      '00000000000000ff',
      'a'.repeat(32),
      '',
    ]);
  });
});

describe('New Relic', () => {
  const ENVIRONMENT = { NEW_RELIC_API_KEY: 'NRAK-1' };
  const nrql = (results: unknown[], progress: unknown = { completed: true }): Reply => ({
    body: { data: { actor: { account: { nrql: { results, queryProgress: progress } } } } },
  });
  const newrelic =
    (answer: (query: string, r: Seen) => Reply) =>
    (r: Seen): Reply => {
      if (r.path !== '/graphql' || r.method !== 'POST') return { status: 404 };
      if (r.headers['api-key'] !== 'NRAK-1')
        return {
          status: 200,
          body: {
            errors: [
              { message: 'The API key provided is invalid', extensions: { errorClass: 'UNAUTHENTICATED' } },
            ],
            data: null,
          },
        };
      const { query, variables } = r.json() as {
        query: string;
        variables?: { nrql?: string; id?: string; account?: number };
      };
      if (!variables)
        return { body: { data: { actor: { user: { id: 1 }, accounts: [{ id: 42, name: 'x' }] } } } };
      if (typeof variables.account !== 'number')
        return { body: { errors: [{ message: 'Argument "account" has invalid value' }] } };
      return answer(variables.nrql ?? (query.includes('nrqlQueryProgress') ? `poll ${variables.id}` : ''), r);
    };

  test('an error that comes with a 200 is an error, and costs its query alone', async () => {
    const url = await start(
      newrelic((q) =>
        q.includes('FROM Log')
          ? {
              body: {
                errors: [{ message: 'NRQL Syntax Error', extensions: { errorClass: 'INVALID_INPUT' } }],
                data: { actor: { account: { nrql: null } } },
              },
            }
          : nrql([]),
      ),
    );
    const lines = await collected(entry('newrelic', url, { account: '42' }), { environment: ENVIRONMENT });
    expect(lines.gaps.length).toBeGreaterThan(0);
    expect(lines.gaps.every((g) => /FROM Log .*answered 200 with an error: NRQL Syntax Error/.test(g))).toBe(
      true,
    );
  });

  test('a key that is not known is named as one, although the answer is a 200', async () => {
    const url = await start(newrelic(() => nrql([])));
    expect(
      (
        await collected(entry('newrelic', url, { account: '42' }), {
          environment: { NEW_RELIC_API_KEY: 'no' },
        })
      ).gaps,
    ).toEqual(['New Relic gave nothing: it answered 200 with an error: The API key provided is invalid.']);
  });

  test('a query that runs on is asked for until it is complete', async () => {
    let polls = 0;
    const url = await start(
      newrelic((q) => {
        if (q === 'poll q1')
          return ++polls < 2
            ? {
                body: {
                  data: {
                    actor: {
                      account: {
                        nrqlQueryProgress: {
                          results: [],
                          queryProgress: { queryId: 'q1', completed: false, retryAfter: 0.1 },
                        },
                      },
                    },
                  },
                },
              }
            : {
                body: {
                  data: {
                    actor: {
                      account: {
                        nrqlQueryProgress: {
                          results: [{ timestamp: FROM_MS, version: '4.13.0', 'entity.name': 'cart' }],
                          queryProgress: { completed: true },
                        },
                      },
                    },
                  },
                },
              };
        return q.includes('FROM Deployment')
          ? nrql([], { queryId: 'q1', completed: false, retryAfter: 0.1 })
          : nrql([]);
      }),
    );
    const lines = await collected(entry('newrelic', url, { account: '42' }), { environment: ENVIRONMENT });
    expect(polls).toBe(2);
    expect(lines.of('change')).toMatchObject([
      { kind: 'deploy', service: 'cart', version: '4.13.0', timeNs: `${FROM_MS}000000` },
    ]);
  });

  test('spans, percentiles and hosts are read in their units', async () => {
    const row = { beginTimeSeconds: FROM_MS / 1000, endTimeSeconds: FROM_MS / 1000 + 60 };
    const url = await start(
      newrelic((q) =>
        q.includes('FROM Span')
          ? nrql(
              q.includes(`SINCE ${FROM_MS} `)
                ? [
                    {
                      timestamp: FROM_MS,
                      'trace.id': 't',
                      id: 's',
                      name: 'GET /',
                      'duration.ms': 1.5,
                      'service.name': 'cart',
                      'span.kind': 'server',
                    },
                    {
                      timestamp: FROM_MS,
                      traceId: 't',
                      guid: 'u',
                      parentId: 's',
                      name: 'SELECT',
                      duration: 0.001,
                      appName: 'cart',
                    },
                  ]
                : [],
            )
          : q.includes('FROM Transaction')
            ? nrql([
                {
                  ...row,
                  facet: 'cart',
                  appName: 'cart',
                  latency: { 50: 0.1, 95: 0.6, 99: 1.8 },
                  throughput: 50,
                  errors: 0.2,
                },
              ])
            : q.includes('FROM SystemSample')
              ? nrql([{ ...row, hostname: 'h', cpu: 90, memory: 50 }])
              : nrql([]),
      ),
    );
    const lines = await collected(entry('newrelic', url, { account: '42' }), { environment: ENVIRONMENT });
    expect(
      (lines.of('span') as unknown[][]).map((s) => [
        s[4],
        s[7],
        Number(BigInt(String(s[9])) - BigInt(String(s[8]))),
      ]),
    ).toEqual([
      ['', 'Server', 1_500_000],
      ['s', 'Internal', 1_000_000],
    ]);
    expect(seriesIn(lines).map((s) => [s.name, s.unit, s.values])).toEqual(
      expect.arrayContaining([
        ['latency_p99', 's', [1.8]],
        ['system.cpu.utilization', '1', [0.9]],
      ]),
    );
  });

  test('without an account says what it needs', async () => {
    const url = await start(newrelic(() => nrql([])));
    expect((await collected(entry('newrelic', url), { environment: ENVIRONMENT })).gaps[0]).toMatch(
      /needs the number of the account/,
    );
  });
});

describe('Dynatrace', () => {
  const ENVIRONMENT = { DT_API_TOKEN: 'dt0c01.A.B' };
  const classic =
    (answer: (r: Seen) => Reply) =>
    (r: Seen): Reply =>
      r.headers.authorization === 'Api-Token dt0c01.A.B'
        ? answer(r)
        : { status: 401, body: { error: { code: 401, message: 'Token Authentication failed' } } };

  test('the key of the next page stands alone; response times are microseconds', async () => {
    const url = await start(
      classic((r) => {
        if (r.path === '/api/v2/metrics') return { body: { totalCount: 1 } };
        if (r.path === '/api/v2/problems')
          return {
            body: {
              problems: [
                {
                  displayId: 'P-1',
                  title: 'Response time degradation',
                  startTime: FROM_MS,
                  severityLevel: 'PERFORMANCE',
                  affectedEntities: [{ name: 'cart' }],
                },
              ],
            },
          };
        if (r.path === '/api/v2/events')
          return {
            body: {
              events: [
                {
                  eventType: 'CUSTOM_DEPLOYMENT',
                  title: 'Deploy 4.13',
                  startTime: FROM_MS,
                  entityId: { name: 'cart' },
                  properties: [{ key: 'dt.event.deployment.version', value: '4.13.0' }],
                },
              ],
            },
          };
        const key = r.parameters.get('nextPageKey');
        if (key !== null && [...r.parameters.keys()].length > 1)
          return {
            status: 400,
            body: {
              error: {
                code: 400,
                message: 'Constraints violated.',
                constraintViolations: [{ path: 'nextPageKey', message: 'must be the only parameter' }],
              },
            },
          };
        const data = (service: string, v: number) => ({
          dimensions: ['SERVICE-1'],
          dimensionMap: { 'dt.entity.service': 'SERVICE-1', 'dt.entity.service.name': service },
          timestamps: [FROM_MS, FROM_MS + 60_000],
          values: [v, null],
        });
        const selector = r.parameters.get('metricSelector') ?? '';
        if (key === 'page-2')
          return { body: { nextPageKey: null, result: [{ metricId: 'm', data: [data('tax', 250_000)] }] } };
        if (selector.includes('percentile(99)'))
          return {
            body: { nextPageKey: 'page-2', result: [{ metricId: 'm', data: [data('cart', 1_800_000)] }] },
          };
        if (selector.includes('throttled'))
          return { status: 404, body: { error: { code: 404, message: 'Metric not found' } } };
        return { body: { result: [{ metricId: 'm', data: [] }] } };
      }),
    );
    const lines = await collected(entry('dynatrace', url), { environment: ENVIRONMENT });
    expect(seriesIn(lines).map((s) => [s.name, s.unit, s.values])).toEqual([
      ['latency_p99', 's', [1.8]],
      ['latency_p99', 's', [0.25]],
    ]);
    expect(lines.of('alert')).toMatchObject([{ service: 'cart', severity: 'PERFORMANCE' }]);
    expect(lines.of('change')).toMatchObject([{ kind: 'deploy', service: 'cart', version: '4.13.0' }]);
    expect(lines.gaps).toEqual([expect.stringMatching(/gives no builtin:containers.*404: Metric not found/)]);
  });

  const grail = (states: unknown[]) => {
    const left = [...states];
    return (r: Seen): Reply => {
      if (r.headers.authorization !== 'Bearer dt0c01.A.B')
        return { status: 401, body: { error: { code: 401, message: 'Unauthorized' } } };
      if (r.path.endsWith('query:execute')) {
        if (r.headers['content-type'] !== 'application/json') return { status: 415, body: '' };
        const { query } = r.json() as { query: string };
        return query.startsWith('fetch spans') && left.length > 0
          ? { status: 202, body: { state: 'RUNNING', requestToken: 'tok', ttlSeconds: 300, progress: 0 } }
          : { body: { state: 'SUCCEEDED', result: { records: [], types: [], metadata: {} } } };
      }
      if (r.parameters.get('request-token') !== 'tok')
        return { status: 400, body: { error: { message: 'no token' } } };
      return { body: left.shift() };
    };
  };
  const SPAN = {
    'trace.id': 't',
    'span.id': 's',
    'span.name': 'GET /',
    'span.kind': 'server',
    'service.name': 'cart',
    start_time: '2026-05-01T12:00:00.000000001Z',
    end_time: '2026-05-01T12:00:00.001000001Z',
    duration: '1000000',
  };

  test('a query of Grail is polled through its states, with the token of its first answer', async () => {
    const url = await start(
      grail([
        { state: 'NOT_STARTED' },
        { state: 'RUNNING', progress: 50 },
        {
          state: 'SUCCEEDED',
          result: {
            records: [SPAN],
            metadata: { grail: { notifications: [{ severity: 'WARNING', message: 'limit reached' }] } },
          },
        },
      ]),
    );
    const lines = await collected(entry('dynatrace', url, { api: 'grail', spans: '5000', lines: '1' }), {
      environment: ENVIRONMENT,
    });
    const [span] = lines.of('span') as unknown[][];
    expect([span?.[6], span?.[7], span?.[8]]).toEqual(['GET /', 'Server', `${FROM_MS}000001`]);
    expect(lines.gaps).toEqual(['Grail says: limit reached.']);
  });

  test.each(['FAILED', 'CANCELLED', 'RESULT_GONE'])(
    'a query of Grail that ends as %s is a named gap',
    async (state) => {
      const url = await start(grail([{ state }]));
      const lines = await collected(entry('dynatrace', url, { api: 'grail', spans: '5000', lines: '1' }), {
        environment: ENVIRONMENT,
      });
      expect(lines.gaps[0]).toMatch(new RegExp(`its query ended as ${state}`));
    },
  );
});
