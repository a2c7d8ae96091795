import { writeGauges } from '../live/gauges.js';
import { parseJson } from '../live/http.js';
import { type Asking, isoMs, type Page } from '../source.js';
import { seriesOfV2 } from './answers.js';
import { post } from './ask.js';

/** What is asked of each resource, and the names that facts know. Counts are told as rates. */
const STATS = [
  { stat: 'hits', name: 'request_rate', isCount: true },
  { stat: 'errors', name: 'error_rate', isCount: true },
  { stat: 'latency_p50', name: 'latency_p50', isCount: false },
  { stat: 'latency_p95', name: 'latency_p95', isCount: false },
  { stat: 'latency_p99', name: 'latency_p99', isCount: false },
] as const;
/** Resources of a service, those with the most hits. */
const RESOURCES = 10;
const POINTS = 150;
const MINUTE_MS = 60_000;

/** Statistics of all requests, by resource: they are counted before any sampling of spans. */
export function apmStatsPages(asking: Asking, services: readonly string[]): Page[] {
  const { fromMs, toMs } = asking.window;
  const env = asking.option('env') ?? '';
  const interval = MINUTE_MS * Math.max(1, Math.ceil((toMs - fromMs) / MINUTE_MS / POINTS));
  return services.flatMap((service) =>
    STATS.map(
      ({ stat, name, isCount }): Page => ({
        query: `${stat} of ${service} in ${env} by resource, every ${interval / MINUTE_MS} min, from ${isoMs(fromMs)} to ${isoMs(toMs)}`,
        ask: () =>
          asking.client.ask(
            post('/api/v2/query/timeseries', 'timeseries_request', {
              formulas: [{ formula: 'a', limit: { count: RESOURCES, order: 'desc' } }],
              from: fromMs,
              to: toMs,
              interval,
              queries: [
                {
                  data_source: 'apm_resource_stats',
                  env,
                  group_by: ['resource_name'],
                  name: 'a',
                  service,
                  stat,
                },
              ],
            }),
          ),
        read(answer, sink) {
          const series = seriesOfV2(parseJson(answer), [name]);
          // A duration whose unit is not told may be seconds or nanoseconds.
          const told = series.filter((s) => isCount || s.unit === 's');
          if (told.length < series.length)
            asking.gap({
              severity: 'note',
              what: `${stat} of ${service} comes without its unit; it was left out.`,
              todo: 'Spans and their quantiles tell the same.',
            });
          writeGauges(
            told.map((s) => ({
              ...s,
              service,
              unit: isCount ? '1/s' : 's',
              points: isCount ? s.points.map(([t, v]) => [t, v / (interval / 1000)] as const) : s.points,
            })),
            sink,
          );
        },
      }),
    ),
  );
}
