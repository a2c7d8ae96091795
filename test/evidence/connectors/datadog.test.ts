import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { zipSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import { collected, entry, FROM_MS, seriesIn } from './collecting.js';
import { fakeForEachTest, type Reply, type Seen } from './fake.js';

const { start, seen } = fakeForEachTest();
const at = (path: string): Seen[] => seen().filter((s) => s.path === path);
const ENVIRONMENT = { DD_API_KEY: 'key', DD_APP_KEY: 'app' };
const SECOND = [{ family: 'time', name: 'second', scale_factor: 1 }, null];

interface StatsQuery {
  data_source: string;
  env?: string;
  service?: string;
  stat?: string;
  name: string;
  group_by?: string[];
}
interface Body {
  data: {
    type: string;
    attributes: { from: number; interval?: number; formulas: { formula: string }[]; queries: StatsQuery[] };
  };
}
const STATS = ['errors', 'error_rate', 'hits', 'latency_avg', 'latency_p50', 'latency_p95', 'latency_p99'];

/** As strict as the API: keys, types of requests, the fields that a query of its source needs. */
const datadog =
  (over: (r: Seen) => Reply | undefined) =>
  (r: Seen): Reply => {
    const error = (status: number, ...errors: string[]): Reply => ({ status, body: { errors } });
    if (
      r.headers['dd-api-key'] !== 'key' ||
      (r.path !== '/api/v1/validate' && r.headers['dd-application-key'] !== 'app')
    )
      return error(403, 'Forbidden');
    if (r.path === '/api/v1/validate') return { body: { valid: true } };
    if (r.method === 'POST' && r.headers['content-type'] !== 'application/json')
      return error(415, 'Unsupported Media Type');
    const early = over(r);
    if (early) return early;
    if (r.path === '/api/v2/query/timeseries') {
      const { data } = r.json() as Body;
      const [query] = data.attributes.queries;
      if (data.type !== 'timeseries_request' || String(data.attributes.from).length !== 13)
        return error(400, 'request');
      if (query?.data_source === 'apm_resource_stats') {
        if (!query.env || !query.service || !STATS.includes(query.stat ?? ''))
          return error(400, 'apm_resource_stats needs env, service and a stat');
        const isLatency = query.stat?.startsWith('latency') === true;
        return {
          body: {
            data: {
              type: 'timeseries_response',
              attributes: {
                series: [
                  {
                    group_tags: ['resource_name:get_/cart'],
                    query_index: 0,
                    unit: isLatency ? SECOND : null,
                  },
                ],
                times: [FROM_MS, FROM_MS + 60_000],
                values: [isLatency ? [1.8, null] : [600, 1200]],
              },
            },
          },
        };
      }
      return {
        body: { data: { type: 'timeseries_response', attributes: { series: [], times: [], values: [] } } },
      };
    }
    if (r.path === '/api/v2/spans/analytics/aggregate') {
      const { data } = r.json() as { data: { attributes: { compute: { type: string }[] } } };
      return {
        body: {
          data:
            data.attributes.compute[0]?.type === 'total'
              ? [{ attributes: { by: { service: 'cart' }, compute: { c0: 9 } } }]
              : [],
        },
      };
    }
    if (
      r.path === '/api/v2/spans/events/search' ||
      r.path === '/api/v2/events/search' ||
      r.path === '/api/v1/slo'
    )
      return { body: { data: [] } };
    return error(404, 'Not found');
  };

describe('statistics of resources', () => {
  test('come for the services with the most spans, counts as rates, durations in seconds', async () => {
    const url = await start(datadog(() => undefined));
    const lines = await collected(entry('datadog', url, { env: 'prod' }), { environment: ENVIRONMENT });
    expect(lines.gaps).toEqual([]);
    const own = seriesIn(lines).filter((s) => s.attributes.includes('get_/cart'));
    expect(own.map((s) => [s.name, s.unit, s.values])).toEqual([
      ['request_rate', '1/s', [10, 20]],
      ['error_rate', '1/s', [10, 20]],
      ['latency_p50', 's', [1.8]],
      ['latency_p95', 's', [1.8]],
      ['latency_p99', 's', [1.8]],
    ]);
    const asked = at('/api/v2/query/timeseries').map((r) => (r.json() as Body).data.attributes.queries[0]);
    expect(asked[0]).toMatchObject({ data_source: 'apm_resource_stats', env: 'prod', service: 'cart' });
  });

  test('are not asked for without an environment', async () => {
    const url = await start(datadog(() => undefined));
    await collected(entry('datadog', url, { services: ['cart'] }), { environment: ENVIRONMENT });
    expect(at('/api/v2/query/timeseries').some((r) => r.body.includes('apm_resource_stats'))).toBe(false);
  });

  test('a duration without its unit is left out, and said', async () => {
    const url = await start(
      datadog((r) =>
        r.path === '/api/v2/query/timeseries' && r.body.includes('"latency_p99"')
          ? {
              body: {
                data: {
                  attributes: {
                    series: [{ group_tags: ['resource_name:x'], query_index: 0, unit: null }],
                    times: [FROM_MS],
                    values: [[5]],
                  },
                },
              },
            }
          : undefined,
      ),
    );
    const lines = await collected(entry('datadog', url, { env: 'prod', services: ['cart'] }), {
      environment: ENVIRONMENT,
    });
    expect(lines.gaps).toEqual(['latency_p99 of cart comes without its unit; it was left out.']);
    expect(seriesIn(lines).some((s) => s.name === 'latency_p99')).toBe(false);
  });
});

describe('profiles', () => {
  const CPU = readFileSync(fileURLToPath(new URL('../../fixtures/profiles/go/cpu.pprof', import.meta.url)));
  const ARCHIVE = Buffer.from(
    zipSync({
      'cpu.pprof': CPU,
      'metrics.json': Buffer.from('[]'),
      'broken.pprof': Buffer.from('no profile'),
    }),
  );
  const listed = (n: number, service = 'cart') => ({
    id: `event-${n}`,
    type: 'profile',
    attributes: {
      id: `profile-${n}`,
      service,
      timestamp: '2026-05-01T12:01:00Z',
      duration_nanos: 60_000_000_000,
    },
  });
  const withProfiles = (list: object[]) =>
    datadog((r) => {
      if (r.path === '/api/unstable/profiles/list') {
        const { filter, limit } = r.json() as {
          filter?: { from: string; to: string; query: string };
          limit: number;
        };
        if (!filter?.query || !(Date.parse(filter.from) < Date.parse(filter.to)) || limit > 500)
          return { status: 400, body: { errors: ['filter'] } };
        return { body: { data: list } };
      }
      const id = /^\/api\/ui\/profiling\/profiles\/(profile-\d+)\/download$/.exec(r.path)?.[1];
      if (id === undefined) return undefined;
      return r.parameters.get('eventId') === id.replace('profile', 'event')
        ? { headers: { 'content-type': 'application/zip' }, bytes: ARCHIVE }
        : { status: 404, body: { errors: ['no such event'] } };
    });

  test('of the list are fetched, some of each service, and their pprof is read', async () => {
    const url = await start(
      withProfiles([...Array.from({ length: 30 }, (_, i) => listed(i)), listed(99, 'tax')]),
    );
    const lines = await collected(entry('datadog', url, { scope: 'env:prod' }), { environment: ENVIRONMENT });
    const profiles = lines.of('profile') as { labels: { value: string }[]; runtime: string }[];
    // Five of cart, one of tax.
    expect(profiles).toHaveLength(6);
    expect(new Set(profiles.map((p) => p.labels[0]?.value))).toEqual(new Set(['cart', 'tax']));
    expect(profiles[0]?.runtime).toBe('go');
    expect(lines.gaps).toContain(
      'broken.pprof of a profile of cart could not be read: This is no profile of a known format.',
    );
    expect(at('/api/unstable/profiles/list')[0]?.body).toContain('"query":"env:prod"');
  });

  test('an organisation without the profiler has none, and that is no gap', async () => {
    const url = await start(datadog(() => undefined));
    const lines = await collected(entry('datadog', url), { environment: ENVIRONMENT });
    expect(lines.of('profile')).toEqual([]);
    expect(lines.gaps).toEqual([]);
  });

  test('a right that is missing for them costs nothing else', async () => {
    const url = await start(
      datadog((r) =>
        r.path === '/api/unstable/profiles/list'
          ? { status: 403, body: { errors: ['Forbidden'] } }
          : undefined,
      ),
    );
    const lines = await collected(entry('datadog', url), { environment: ENVIRONMENT });
    expect(lines.gaps).toEqual(['Datadog gives no profiles: it answered 403: Forbidden.']);
  });
});
